import { computed, watchEffect } from "vue";
import { address } from "../api/client";
import type { Change, Page, Unit } from "../api/shapes";
import { within } from "../format/codes";
import { wanted as sought } from "../format/search";
import { learn, wantNames } from "./names";
import { useResource } from "./resource";

const SIZE = 50;

export interface Wanted {
  level: string;
  search: string;
  sort: string;
  page: number;
}

/** Units of one level, or while something is searched for those of every level that match. */
export function useUnits(parent: string | undefined, wanted: () => Wanted) {
  const resource = useResource<Page<Unit>>(
    () => {
      const { level, search, sort, page } = wanted();
      if (search)
        return address("/api/units", { q: sought(search), parent, sort, page, size: SIZE });
      if (level === "desk") return null;
      return address("/api/units", { level, parent, sort, page, size: SIZE });
    },
    ({ codes }: Change) => codes.some((code) => !parent || within(code, parent)),
  );
  const rows = computed(() => resource.data?.items ?? []);
  const total = computed(() => resource.data?.total ?? 0);

  watchEffect(() => {
    learn(rows.value);
    wantNames(rows.value.map((unit) => unit.parent ?? ""));
  });
  return { resource, rows, total, size: SIZE };
}
