import type { Level } from "../api/shapes";

/** 12 digits: 4 city, 2 district, 3 street, 3 community; zeros below the level that is meant. */
export function levelOf(code: string): Level {
  if (code.endsWith("00000000")) return "city";
  if (code.endsWith("000000")) return "district";
  return code.endsWith("000") ? "street" : "community";
}

/** Is `code` the unit itself or below it? */
export function within(code: string, unit: string): boolean {
  return code.startsWith(prefix(unit));
}

/** A unit's code without the zeros that stand for "everything below". */
export function prefix(unit: string): string {
  const length = { city: 4, district: 6, street: 9, community: 12 }[levelOf(unit)];
  return unit.slice(0, length);
}

/** "420704 001 013": read by people in the groups that carry a meaning. */
export function spaced(code: string): string {
  return `${code.slice(0, 6)} ${code.slice(6, 9)} ${code.slice(9)}`;
}

/** The level listed below a unit, or null below a community. */
export function below(level: Level): Level | null {
  const order: Level[] = ["city", "district", "street", "community"];
  return order[order.indexOf(level) + 1] ?? null;
}

/** The unit above by the digits; the city's is the city itself. */
export function parentOf(code: string): string {
  const kept = { city: 4, district: 4, street: 6, community: 9 }[levelOf(code)];
  return code.slice(0, kept).padEnd(12, "0");
}
