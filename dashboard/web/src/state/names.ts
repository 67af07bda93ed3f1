import { shallowReactive } from "vue";
import { address, getAll } from "../api/client";
import type { Unit, UnitName } from "../api/shapes";
import { levelOf, parentOf } from "../format/codes";

/** Names of units by code, as far as this page has met them. */
const names = shallowReactive(new Map<string, string>());
const asked = new Set<string>();

/** The name of a unit; the text itself where it is no code (a department) or not known yet. */
export function nameOf(text: string): string {
  return names.get(text) ?? text;
}

export function learn(units: UnitName[]): void {
  units.forEach(({ code, name }) => names.set(code, name));
}

/** Fetches the names of these codes with those of their neighbours, each neighbourhood once. */
export function wantNames(texts: string[]): void {
  for (const code of texts.filter((text) => /^\d{12}$/.test(text) && !names.has(text))) {
    const parent = levelOf(code) === "city" ? undefined : parentOf(code);
    const list = address("/api/units", { level: levelOf(code), parent });
    if (asked.has(list)) continue;
    asked.add(list);
    getAll<Unit>(list).then(
      ({ items }) => learn(items),
      () => asked.delete(list), // The code stands in; the next list asks again.
    );
  }
}
