import { computed, shallowRef } from "vue";
import { get } from "../api/client";
import type { Kind, Kinds } from "../api/shapes";
import { language, t } from "../i18n";
import { ANY } from "./any";
import { codeName } from "./codes";

const kinds = shallowRef<Pick<Kinds, "items" | "hub">>({ items: [], hub: [] });
const named = computed(
  () => new Map(kinds.value.items.map((name) => [key(name.list, name.version, name.value), name])),
);

function key(list: string, version: string, value: string): string {
  return [list, version, value].join("\u001f");
}

/** Fetched once: the lists of kinds change with a release, not by the hour. */
export async function loadKinds(): Promise<void> {
  kinds.value = await get<Kinds>("/api/kinds");
}

/** A kind, or a permit's item, in the reader's language; as it is where no list explains it. */
export function kindName(kind: Kind): string {
  const name = named.value.get(key(kind.kind_list, kind.kind_version, kind.kind));
  const stated = name?.[language.value];
  return stated || codeName(kind.kind_list, kind.kind_version, kind.kind) || t("list.noKind");
}

/** The hub's own kind in the reader's language. */
export function hubKindName(id: string): string {
  return kinds.value.hub.find(({ kind_id }) => kind_id === id)?.[language.value] ?? id;
}

/** The hub's kinds to choose from, "all" first. */
export const kindChoices = computed(() => [
  { value: ANY, label: t("filter.all") },
  ...kinds.value.hub.map((kind) => ({ value: kind.kind_id, label: kind[language.value] })),
]);
