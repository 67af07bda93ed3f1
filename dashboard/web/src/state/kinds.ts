import { computed } from "vue";
import { get } from "../api/client";
import type { Kind, KindName, Page } from "../api/shapes";
import { language } from "../i18n";
import { shallowRef } from "vue";

const names = shallowRef<KindName[]>([]);
const index = computed(
  () => new Map(names.value.map((name) => [key(name.list, name.version, name.value), name])),
);

function key(list: string, version: string, value: string): string {
  return [list, version, value].join("\u001f");
}

/** Fetched once: the lists of kinds change with a release, not by the hour. */
export async function loadKinds(): Promise<void> {
  names.value = (await get<Page<KindName>>("/api/kinds")).items;
}

export const kinds = names;

/** A kind in the reader's language; a code that no list explains is shown as it is. */
export function kindName(kind: Kind): string {
  const name = index.value.get(key(kind.kind_list, kind.kind_version, kind.kind));
  return name?.[language.value] || kind.kind;
}
