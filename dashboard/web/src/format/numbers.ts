/** Groups of three in both languages: 12,345. */
const grouped = new Intl.NumberFormat("en-US");

export function count(value: number): string {
  return grouped.format(value);
}
