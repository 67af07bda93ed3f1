import { computed, shallowRef } from "vue";
import { get } from "../api/client";
import type { Source, Sources } from "../api/shapes";
import { t, term } from "../i18n";
import { ANY } from "./list";

const sources = shallowRef<Source[]>([]);

/** Fetched once for the names: how fresh a source is, is asked where it is shown. */
export async function loadSources(): Promise<void> {
  sources.value = (await get<Sources>("/api/sources")).items;
}

/** A source system by the name people know; its own where we know none. */
export function sourceName(source: string): string {
  const adapter = sources.value.find((known) => known.source === source)?.adapter;
  return adapter ? term("source.name", adapter) : source;
}

export const sourceChoices = computed(() => [
  { value: ANY, label: t("filter.all") },
  ...sources.value
    .filter(({ source }) => source)
    .map(({ source }) => ({ value: source, label: sourceName(source) })),
]);
