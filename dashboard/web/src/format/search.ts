import type { Counts, Field } from "../api/shapes";

/** Units whose name holds the text, or whose code begins with its digits. */
export function matching<Named extends { code: string; name: string }>(
  units: Named[],
  text: string,
): Named[] {
  const wanted = text.trim();
  const digits = wanted.replace(/\s/g, "");
  return units.filter(({ code, name }) => name.includes(wanted) || code.startsWith(digits));
}

/** By a field of the unit or of its counts; a minus before it puts the greatest first. */
export function sorted<Counted extends { code: string; name: string; counts: Counts }>(
  units: Counted[],
  sort: string,
): Counted[] {
  const field = sort.replace(/^-/, "");
  const turn = sort.startsWith("-") ? -1 : 1;
  return [...units].sort((a, b) => {
    if (field === "code" || field === "name") return turn * compare(a[field], b[field]);
    return turn * (a.counts[field as Field] - b.counts[field as Field]);
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
