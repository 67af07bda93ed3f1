import { shallowRef } from "vue";
import type { Ready } from "../api/shapes";

const EVERY = 30_000;

/** Why what the pages show may be incomplete or old, in the server's words; empty when it is not. */
export const doubts = shallowRef<string[]>([]);

/** Asks now and then whether the read model is complete and its projector at work. */
export function watchReadiness(): void {
  void ask();
  setInterval(() => void (document.hidden || ask()), EVERY);
}

/** 503 carries the reasons; where nothing answers at all, the pages say so themselves. */
async function ask(): Promise<void> {
  try {
    const response = await fetch("/api/ready", { headers: { Accept: "application/json" } });
    doubts.value = ((await response.json()) as Partial<Ready>).reasons ?? [];
  } catch {
    doubts.value = [];
  }
}
