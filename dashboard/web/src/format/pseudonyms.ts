const SHOWN = 6;

/** "e1.7wncw5ojjuf3…" shortened to "7wncw5": enough to tell the households of one page apart. */
export function shortened(pseudonym: string): string {
  return pseudonym.slice(pseudonym.indexOf(".") + 1).slice(0, SHOWN);
}
