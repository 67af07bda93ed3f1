import { computed, shallowRef } from "vue";
import { get } from "../api/client";
import type { Source, Sources } from "../api/shapes";
import { language, t } from "../i18n";
import { ANY } from "./any";
import { word } from "./codes";

const sources = shallowRef<Source[]>([]);

/** Fetched once for the names: how fresh a source is, is asked where it is shown. */
export async function loadSources(): Promise<void> {
  sources.value = (await get<Sources>("/api/sources")).items;
}

/** "ezhou.permits" by the name people know: what follows the city. */
export function sourceName(source: string): string {
  return word("source", source.slice(source.indexOf(".") + 1));
}

/** The four systems, in the order in which the pages name them. */
const SYSTEMS = ["household", "police", "city_cases", "permits"];

/** Adapters by the system they feed, a department's own ones after it. */
export function bySystem(adapters: Source[]): Source[] {
  const place = ({ systems }: Source) => SYSTEMS.indexOf(systems[0] ?? "");
  return [...adapters].sort((a, b) => place(a) - place(b));
}

/** Sources whose records can become requests: registers of persons ask nothing. */
export const sourceChoices = computed(() => [
  { value: ANY, label: t("filter.all") },
  ...bySystem(sources.value)
    .filter(({ source, systems }) => source && !systems.includes("household"))
    .map((source) => ({ value: source.source, label: source[language.value] })),
]);
