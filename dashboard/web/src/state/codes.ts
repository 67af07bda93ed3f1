import { computed, shallowRef } from "vue";
import { get } from "../api/client";
import type { Codes } from "../api/shapes";
import { language, t } from "../i18n";
import { ANY } from "./any";

const codes = shallowRef<Pick<Codes, "items" | "words">>({ items: [], words: [] });
const stated = computed(() => {
  const named = codes.value.items.flatMap(({ list, version, rows }) =>
    rows.map((row) => [key(list, version, row.value), row] as const),
  );
  return new Map(named);
});
const spoken = computed(() => {
  const named = codes.value.words.flatMap(({ name, rows }) =>
    rows.map((row) => [key(name, row.value), row] as const),
  );
  return new Map(named);
});

function key(...parts: string[]): string {
  return parts.join("\u001f");
}

/** Fetched once: lists of codes change with a release, not by the hour. */
export async function loadCodes(): Promise<void> {
  codes.value = await get<Codes>("/api/codes");
}

/** A code that a department stated, in the reader's language; as it is where no list explains it. */
export function codeName(list: string | null, version: string | null, value: string): string {
  const name = stated.value.get(key(list ?? "", version ?? "", value))?.[language.value] || value;
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** A word of the hub's own in the reader's language: `word("channel", "hall")`. */
export function word(field: string, value: string): string {
  return spoken.value.get(key(field, value))?.[language.value] || value;
}

export interface Choice {
  value: string;
  label: string;
}

/** The words of a field to choose from, "all" first. */
export function wordChoices(field: string): Choice[] {
  const rows = codes.value.words.find(({ name }) => name === field)?.rows ?? [];
  const words = rows.map((row) => ({ value: row.value, label: row[language.value] }));
  return [{ value: ANY, label: t("filter.all") }, ...words];
}

/** The service items to choose from, "all" first. */
export const itemChoices = computed<Choice[]>(() => {
  const lists = codes.value.items.filter(({ name }) => name === "permit_item");
  const rows = lists.flatMap((list) => list.rows);
  const items = rows.map((row) => ({ value: row.value, label: row[language.value] }));
  return [{ value: ANY, label: t("filter.all") }, ...items];
});
