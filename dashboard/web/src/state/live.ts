import { reactive } from "vue";
import type { Message } from "../api/events";
import type { Change } from "../api/shapes";
import { LiveStream } from "../api/stream";

/** A page that nobody looks at for so long (ms) gives its connection back. */
const HIDDEN = 60_000;
/** Longest that the first figures wait for the stream to open, ms. */
const PATIENCE = 800;

export const live = reactive({
  status: "connecting" as "connecting" | "connected" | "lost",
  /** When the server was last heard, ms; 0 before the first time. */
  heardAt: 0,
  /** When the next attempt starts, ms. */
  retryAt: 0,
});

let settle: () => void = () => undefined;
/** Resolves when the stream first opened, failed, or took too long: fetch after it, miss nothing. */
export const settled = new Promise<void>((resolve) => (settle = resolve));

/** Told of each change; null means that anything may have changed. */
export type Told = (change: Change | null) => void;
const listeners = new Set<Told>();

export function onChange(listener: Told): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(change: Change | null): void {
  listeners.forEach((listener) => listener(change));
}

const stream = new LiveStream("/api/stream", {
  connected(gap) {
    settle();
    live.status = "connected";
    live.heardAt = Date.now();
    if (gap) tell(null);
  },
  lost(retryAt) {
    settle();
    live.status = "lost";
    live.retryAt = retryAt;
  },
  heard() {
    live.heardAt = Date.now();
  },
  message({ type, data }: Message) {
    if (type === "reset") tell(null);
    if (type === "changed") tell(JSON.parse(data) as Change);
  },
});

export function retryNow(): void {
  live.retryAt = 0;
  stream.retryNow();
}

/** Connects, and stays connected until the page closes. */
export function stayLive(): void {
  setTimeout(settle, PATIENCE);
  window.addEventListener("online", retryNow);
  let hidden: ReturnType<typeof setTimeout> | undefined;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hidden);
    if (document.hidden) hidden = setTimeout(() => stream.rest(), HIDDEN);
    else if (live.status !== "connected" || stream.isResting) retryNow();
  });
  void stream.run();
}
