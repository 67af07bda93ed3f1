import { messages, type Message } from "./events";

/** Lengths in ms. */
export interface Pauses {
  /** Before the first new attempt; each further one waits twice as long. */
  first: number;
  longest: number;
  /** Longer than the server's heartbeat: a line that says nothing for so long is dead. */
  silence: number;
}
const PAUSES: Pauses = { first: 1_000, longest: 30_000, silence: 45_000 };

export interface Listener {
  /** `gap`: what was told since the last connection can't be known; everything may have changed. */
  connected(gap: boolean): void;
  /** `retryAt`: when the next attempt starts, ms since 1970. */
  lost(retryAt: number): void;
  /** Something came, if only a heartbeat. */
  heard(): void;
  message(message: Message): void;
}

/**
 * Follows a stream of server-sent events and comes back after every failure, where it left off.
 * EventSource does not say when it gave up, nor can it resume after we closed it.
 */
export class LiveStream {
  private lastId: string | null = null;
  private attempts = 0;
  private before = false;
  private resting = false;
  private closed = false;
  private abort = new AbortController();
  private wake: () => void = () => undefined;

  constructor(
    private readonly address: string,
    private readonly listener: Listener,
    private readonly pauses: Pauses = PAUSES,
  ) {}

  /** Returns after `close`. */
  async run(): Promise<void> {
    while (!this.closed) {
      await this.connection().catch(() => undefined);
      if (this.closed) return;
      await (this.resting ? this.sleep() : this.pause());
    }
  }

  get isResting(): boolean {
    return this.resting;
  }

  /** Ends the wait for the next attempt. */
  retryNow(): void {
    this.attempts = 0;
    this.wake();
  }

  /** Gives the connection back until `retryNow`: browsers allow few to a server. */
  rest(): void {
    this.resting = true;
    this.abort.abort();
  }

  close(): void {
    this.closed = true;
    this.abort.abort();
    this.wake();
  }

  private async connection(): Promise<void> {
    this.resting = false;
    this.abort = new AbortController();
    const { signal } = this.abort;
    let watchdog = this.watch();
    try {
      const response = await fetch(this.address, { headers: this.headers(), signal });
      if (!response.ok || !response.body) throw new Error(`stream answered ${response.status}`);
      this.opened();
      const read = messages();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(watchdog);
        watchdog = this.watch();
        this.listener.heard();
        read(value).forEach((message) => this.receive(message));
      }
    } finally {
      clearTimeout(watchdog);
    }
  }

  private headers(): Record<string, string> {
    const headers = { Accept: "text/event-stream" };
    return this.lastId === null ? headers : { ...headers, "Last-Event-ID": this.lastId };
  }

  private watch(): ReturnType<typeof setTimeout> {
    return setTimeout(() => this.abort.abort(), this.pauses.silence);
  }

  private opened(): void {
    this.attempts = 0;
    this.listener.connected(this.before && this.lastId === null);
    this.before = true;
  }

  private receive(message: Message): void {
    if (message.id !== null) this.lastId = message.id;
    if (message.type) this.listener.message(message);
  }

  /** A third is left to chance, so that a restarted server is not met by all pages at once. */
  private async pause(): Promise<void> {
    const { first, longest } = this.pauses;
    const length = Math.min(longest, first * 2 ** this.attempts) * (2 / 3 + Math.random() / 3);
    this.attempts += 1;
    this.listener.lost(Date.now() + length);
    await this.sleep(length);
  }

  private sleep(length?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = length === undefined ? undefined : setTimeout(resolve, length);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
