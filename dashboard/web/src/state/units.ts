import { computed, watchEffect } from "vue";
import { address, getAll } from "../api/client";
import type { Change, Level, Page, Unit } from "../api/shapes";
import { within } from "../format/codes";
import { matching, sorted } from "../format/search";
import { learn, wantNames } from "./names";
import { useResource } from "./resource";

const SIZE = 50;

export interface Wanted {
  level: string;
  search: string;
  sort: string;
  page: number;
}

/**
 * Units of one level, paged and sorted by the server; or, while something is searched for, those
 * of every level that match. The server has no search: then every row is fetched and sorted here.
 */
export function useUnits(levels: Level[], parent: string | undefined, wanted: () => Wanted) {
  const concerns = ({ codes }: Change) => codes.some((code) => !parent || within(code, parent));
  const everyLevel = (_path: string, signal: AbortSignal) => fetchLevels(levels, parent, signal);

  const paged = useResource<Page<Unit>>(() => {
    const { level, search, sort, page } = wanted();
    if (search || level === "desk") return null;
    return address("/api/units", { level, parent, sort, page, size: SIZE });
  }, concerns);
  const all = useResource<Page<Unit>>(
    () => (wanted().search ? "every level" : null),
    concerns,
    everyLevel,
  );

  const found = computed(() => {
    const { search, sort } = wanted();
    return sorted(matching(all.data?.items ?? [], search), sort);
  });
  const rows = computed(() => {
    const { search, page } = wanted();
    if (!search) return paged.data?.items ?? [];
    return found.value.slice((page - 1) * SIZE, page * SIZE);
  });
  const total = computed(() => (wanted().search ? found.value.length : (paged.data?.total ?? 0)));
  const resource = computed(() => (wanted().search ? all : paged));

  watchEffect(() => {
    learn(rows.value);
    wantNames(rows.value.map((unit) => unit.parent ?? ""));
  });
  return { resource, rows, total, size: SIZE };
}

async function fetchLevels(levels: Level[], parent: string | undefined, signal: AbortSignal) {
  const lists = await Promise.all(
    levels.map((level) => getAll<Unit>(address("/api/units", { level, parent }), signal)),
  );
  const items = lists.flatMap((list) => list.items);
  return { items, total: items.length, page: 1, size: items.length };
}
