/** What is typed to find a unit: codes are shown in groups of digits, the server knows them without. */
export function wanted(text: string): string {
  const trimmed = text.trim();
  return /^[\d\s]+$/.test(trimmed) ? trimmed.replace(/\s/g, "") : trimmed;
}
