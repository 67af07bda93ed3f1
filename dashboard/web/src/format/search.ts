/** Units whose name holds the text, or whose code begins with its digits. */
export function matching<Named extends { code: string; name: string }>(
  units: Named[],
  text: string,
): Named[] {
  const wanted = text.trim();
  const digits = wanted.replace(/\s/g, "");
  return units.filter(({ code, name }) => name.includes(wanted) || code.startsWith(digits));
}
