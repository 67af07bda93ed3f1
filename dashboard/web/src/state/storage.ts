const PREFIX = "shequ.";

/** What this browser remembered under a name, or null (also where storage is forbidden). */
export function recall(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

/** Remembers a value; where storage is forbidden it lasts until the page closes. */
export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // Nothing to do: the choice holds for this page.
  }
}
