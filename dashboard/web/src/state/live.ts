import { reactive } from "vue";
import { messages, type Message } from "../api/events";
import type { Change } from "../api/shapes";

/** Longer than the server's heartbeat: a line that says nothing for so long is dead. */
const SILENCE = 45_000;
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 30_000;
/** A page nobody looks at gives its connection back: browsers allow six to a server. */
const HIDDEN = 60_000;

export const live = reactive({
  status: "connecting" as "connecting" | "connected" | "lost",
  /** When the server was last heard, ms; 0 before the first time. */
  heardAt: 0,
  /** When the next attempt starts, ms; 0 while one runs. */
  retryAt: 0,
});

/** Told of each change; null means that anything may have changed. */
export type Listener = (change: Change | null) => void;
const listeners = new Set<Listener>();

export function onChange(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Longest that the first figures wait for the stream to open. */
const PATIENCE = 800;

let settle: () => void = () => undefined;
/** Resolves when the stream first opened, failed, or took too long: fetch after it, miss nothing. */
export const settled = new Promise<void>((resolve) => (settle = resolve));

let lastId: string | null = null;
let attempts = 0;
let heardBefore = false;
let abort = new AbortController();
let wake: () => void = () => undefined;

/** Connects, and stays connected until the page closes. */
export async function stayLive(address = "/api/stream"): Promise<never> {
  document.addEventListener("visibilitychange", restWhileHidden);
  window.addEventListener("online", retryNow);
  setTimeout(settle, PATIENCE);
  for (;;) {
    await listen(address).catch(() => undefined);
    if (document.hidden && abort.signal.reason === "hidden") await untilVisible();
    else await pause();
  }
}

/** Ends the wait for the next attempt. */
export function retryNow(): void {
  attempts = 0;
  wake();
}

async function listen(address: string): Promise<void> {
  abort = new AbortController();
  live.retryAt = 0;
  const headers: Record<string, string> = { Accept: "text/event-stream" };
  if (lastId !== null) headers["Last-Event-ID"] = lastId;
  let watchdog = watch();
  try {
    const response = await fetch(address, { headers, signal: abort.signal, cache: "no-store" });
    if (!response.ok || !response.body) throw new Error(`stream answered ${response.status}`);
    connected();
    const read = messages();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(watchdog);
      watchdog = watch();
      live.heardAt = Date.now();
      read(value).forEach(receive);
    }
  } finally {
    clearTimeout(watchdog);
  }
}

function watch(): ReturnType<typeof setTimeout> {
  return setTimeout(() => abort.abort("silent"), SILENCE);
}

function connected(): void {
  settle();
  attempts = 0;
  live.status = "connected";
  live.heardAt = Date.now();
  // Without an id the server can't know what we missed.
  if (heardBefore && lastId === null) tell(null);
  heardBefore = true;
}

function receive(message: Message): void {
  if (message.id !== null) lastId = message.id;
  if (message.type === "reset") tell(null);
  if (message.type === "changed") tell(JSON.parse(message.data) as Change);
}

function tell(change: Change | null): void {
  listeners.forEach((listener) => listener(change));
}

function restWhileHidden(): void {
  if (!document.hidden) return;
  const rest = setTimeout(() => abort.abort("hidden"), HIDDEN);
  document.addEventListener("visibilitychange", () => clearTimeout(rest), { once: true });
}

function untilVisible(): Promise<void> {
  return new Promise((resolve) => {
    document.addEventListener("visibilitychange", () => resolve(), { once: true });
  });
}

async function pause(): Promise<void> {
  settle();
  live.status = "lost";
  const length =
    Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** attempts++) * (0.8 + Math.random() * 0.4);
  live.retryAt = Date.now() + length;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, length);
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  wake = () => undefined;
}
