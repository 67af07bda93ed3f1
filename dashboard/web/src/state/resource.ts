import { onScopeDispose, shallowReactive, watch } from "vue";
import { Failure, get } from "../api/client";
import type { Change } from "../api/shapes";
import { onChange, settled } from "./live";

/** A failure that may pass by itself is asked about again after so long. */
const RETRY = 10_000;
/** At most one refresh in so long, however many changes are told. */
const QUIET = 1_000;

export interface Resource<Body> {
  /** The last good answer; stays while a refresh runs or has failed. */
  data: Body | undefined;
  /** When it was fetched, ms. */
  at: number;
  error: Failure | undefined;
  loading: boolean;
  load: () => Promise<void>;
}

/**
 * What the server says under an address, kept fresh: fetched again when the address changes and
 * when the stream tells of a change that concerns it. An address of null fetches nothing.
 */
export function useResource<Body>(
  path: () => string | null,
  concerns: (change: Change) => boolean = () => true,
  fetcher: (path: string, signal: AbortSignal) => Promise<Body> = get,
): Resource<Body> {
  let abort = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let changedMeanwhile = false;
  const resource = shallowReactive({
    data: undefined,
    at: 0,
    error: undefined,
    loading: false,
    load,
  }) as Resource<Body>;

  async function load(): Promise<void> {
    const from = path();
    clearTimeout(timer);
    timer = undefined;
    changedMeanwhile = false;
    abort.abort();
    if (from === null) return;
    const mine = (abort = new AbortController());
    resource.loading = true;
    await settled; // What changes from here on is told to us.
    try {
      resource.data = await fetcher(from, mine.signal);
      resource.at = Date.now();
      resource.error = undefined;
    } catch (error) {
      if (mine.signal.aborted) return;
      resource.error = error instanceof Failure ? error : new Failure(0, String(error));
    } finally {
      if (mine === abort) finished();
    }
  }

  function finished(): void {
    resource.loading = false;
    if (changedMeanwhile) refresh();
    else if (resource.error && passing(resource.error)) timer = setTimeout(load, RETRY);
  }

  function told(change: Change | null): void {
    if (change && !change.more && !concerns(change)) return;
    if (resource.loading) changedMeanwhile = true;
    else refresh();
  }

  function refresh(): void {
    timer ??= setTimeout(load, Math.max(0, resource.at + QUIET - Date.now()));
  }

  watch(path, load, { immediate: true });
  const stop = onChange(told);
  onScopeDispose(() => {
    stop();
    clearTimeout(timer);
    abort.abort();
  });
  return resource;
}

/** Worth another try: no server, or a server that is not ready. */
function passing({ status }: Failure): boolean {
  return status === 0 || status >= 500;
}
