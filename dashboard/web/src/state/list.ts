import { computed, reactive, watchEffect } from "vue";
import { useRoute, useRouter } from "vue-router";
import { address, get } from "../api/client";
import type { Page } from "../api/shapes";
import { within } from "../format/codes";
import { ANY } from "./any";
import { wantNames } from "./names";
import { useQuery } from "./query";
import { useResource } from "./resource";

const SIZE = 25;
/** One record is looked for among so many of the newest, so many at a time. */
const MOST_PAGES = 25;
const AT_ONCE = 200;

type Question = Record<string, string | undefined>;

/**
 * A list of one unit, paged by the server; filters, order and page stand in the address.
 * `record=<number>` in the address shows that one record alone.
 * @param standard filters that hold until the reader chooses others: {state: "open"}
 * @param asking makes parameters of the API from the filters, where they are not the same
 */
export function useList<Row extends Placed, Name extends string>(
  path: string,
  code: () => string,
  standard: Record<Name, string>,
  order: string,
  asking: (chosen: Question) => Question = (chosen) => chosen,
) {
  const names = Object.keys(standard) as Name[];
  const chosen = names.map((name) => [name, useQuery(name, standard[name], ["page"])]);
  const filters: Record<Name, string> = reactive(Object.fromEntries(chosen));
  const route = useRoute();
  const router = useRouter();
  const sort = useQuery("sort", order, ["page"]);
  const page = useQuery("page", "1");
  const record = useQuery("record", "", ["page"]);

  function question(): string {
    if (record.value) {
      return address(path, { code: code(), status: "all", sort: order, size: AT_ONCE });
    }
    const asked = asking(Object.fromEntries(names.map((name) => [name, known(filters[name])])));
    const paging = { sort: sort.value, page: page.value, size: SIZE };
    return address(path, { code: code(), ...asked, ...paging });
  }

  const rows = useResource<Page<Row>>(
    question,
    ({ codes }) => codes.some((changed) => within(changed, code())),
    (from, signal) => (record.value ? find<Row>(from, record.value, signal) : get(from, signal)),
  );
  watchEffect(() => wantNames(rows.data?.items.flatMap(codesOf) ?? []));

  const filtered = computed(
    () => record.value !== "" || names.some((name) => filters[name] !== standard[name]),
  );
  function clear(): void {
    const { tab } = route.query;
    void router.replace({ query: tab ? { tab } : {} });
  }
  return { rows, filters, sort, page, record, filtered, clear };
}

/** Reads page after page until the record of this number is met. */
async function find<Row extends Placed>(
  path: string,
  number: string,
  signal: AbortSignal,
): Promise<Page<Row>> {
  for (let page = 1; ; page += 1) {
    const { items, total, size } = await get<Page<Row>>(`${path}&page=${page}`, signal);
    const met = items.filter(({ record_id }) => record_id === number);
    if (met.length || page * size >= total || page === MOST_PAGES) {
      return { items: met, total: met.length, page: 1, size };
    }
  }
}

interface Placed {
  code: string;
  record_id?: string;
  moved_counterpart?: string | null;
  transit_counterpart?: string | null;
  counterpart?: string;
}

function codesOf(row: Placed): string[] {
  const codes = [row.code, row.moved_counterpart, row.transit_counterpart, row.counterpart];
  return codes.filter((code) => typeof code === "string");
}

function known(value: string): string | undefined {
  return value === ANY ? undefined : value;
}
