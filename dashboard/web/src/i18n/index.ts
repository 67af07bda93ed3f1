import { ref } from "vue";
import { recall, remember } from "../state/storage";
import { findings as findingsEn } from "./findings.en";
import { findings as findingsZh } from "./findings.zh";
import { pages as pagesEn } from "./pages.en";
import { pages as pagesZh } from "./pages.zh";
import { systems as systemsEn } from "./systems.en";
import { systems as systemsZh } from "./systems.zh";
import { work as workEn } from "./work.en";
import { work as workZh } from "./work.zh";

export const zh = { ...pagesZh, ...workZh, ...systemsZh, ...findingsZh };
export const en = { ...pagesEn, ...workEn, ...systemsEn, ...findingsEn };

export type Language = "zh" | "en";
export type Key = keyof typeof zh;

const texts: Record<Language, Record<Key, string>> = { zh, en };

export const language = ref<Language>(recall("language") === "en" ? "en" : "zh");

export function switchLanguage(): void {
  language.value = language.value === "zh" ? "en" : "zh";
  remember("language", language.value);
}

/** The text of a key in the language in use, with {name} places filled in. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return texts[language.value][key].replace(/\{(\w+)\}/g, (place, name: string) =>
    name in values ? String(values[name]) : place,
  );
}

/**
 * The text of a code that the server sent: `term("task.state", "closed")`.
 * A code that we have no text for is shown as it is: never hidden, never guessed.
 */
export function term(group: string, code: string): string {
  return known(group, code) ?? code;
}

/** The text of a code, or undefined where we have none. */
export function known(group: string, code: string): string | undefined {
  const key = `${group}.${code}`;
  return key in zh ? t(key as Key) : undefined;
}
