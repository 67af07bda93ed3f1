import { computed, reactive, watchEffect } from "vue";
import { useRoute, useRouter } from "vue-router";
import { address } from "../api/client";
import type { Page } from "../api/shapes";
import { within } from "../format/codes";
import { wantNames } from "./names";
import { useQuery } from "./query";
import { useResource } from "./resource";

const SIZE = 25;

/**
 * A list of one unit, paged by the server; filters, order and page stand in the address.
 * @param standard filters that hold until the reader chooses others: {state: "open"}
 */
export function useList<Row extends Placed, Name extends string>(
  path: string,
  code: () => string,
  standard: Record<Name, string>,
  order: string,
) {
  const names = Object.keys(standard) as Name[];
  const chosen = names.map((name) => [name, useQuery(name, standard[name], ["page"])]);
  const filters: Record<Name, string> = reactive(Object.fromEntries(chosen));
  const route = useRoute();
  const router = useRouter();
  const sort = useQuery("sort", order, ["page"]);
  const page = useQuery("page", "1");

  const rows = useResource<Page<Row>>(
    () => {
      const asked = names.map((name) => [name, known(filters[name])]);
      return address(path, {
        code: code(),
        ...Object.fromEntries(asked),
        sort: sort.value,
        page: page.value,
        size: SIZE,
      });
    },
    ({ codes }) => codes.some((changed) => within(changed, code())),
  );
  watchEffect(() => wantNames(rows.data?.items.flatMap(codesOf) ?? []));

  const filtered = computed(() => names.some((name) => filters[name] !== standard[name]));
  function clear(): void {
    const { tab } = route.query;
    void router.replace({ query: tab ? { tab } : {} });
  }
  return { rows, filters, sort, page, filtered, clear };
}

interface Placed {
  code: string;
  moved_counterpart?: string | null;
}

function codesOf({ code, moved_counterpart }: Placed): string[] {
  return moved_counterpart ? [code, moved_counterpart] : [code];
}

/** "any" in the address means no filter in the question. */
export const ANY = "any";

function known(value: string): string | undefined {
  return value === ANY ? undefined : value;
}
