import { language, t } from "../i18n";
import type { Page } from "./shapes";

/** An answer that is no data; the message is the server's. */
export class Failure extends Error {
  /** `status` is 0 where no server answered. */
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

type Query = Record<string, string | number | undefined>;

/** An address with the parameters that have a value. */
export function address(path: string, query: Query = {}): string {
  const stated = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const search = new URLSearchParams(stated.map(([name, value]) => [name, String(value)]));
  return stated.length ? `${path}?${search}` : path;
}

/**
 * GET and read JSON.
 * @throws Failure with problem+json's `detail`, or with our own words where there is none;
 *   a DOMException named AbortError when the signal fired.
 */
export async function get<Body>(path: string, signal?: AbortSignal): Promise<Body> {
  const response = await reach(path, signal);
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && body !== undefined) return body as Body;
  throw failure(response.status, body);
}

async function reach(path: string, signal?: AbortSignal): Promise<Response> {
  const headers = {
    Accept: "application/json",
    "Accept-Language": language.value === "en" ? "en" : "zh-CN",
  };
  try {
    return await fetch(path, { signal, headers });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Failure(0, "");
  }
}

/** RFC 9457: `detail` says what is wrong and what to do. Without one the status must do. */
export function failure(status: number, body: unknown): Failure {
  const problem = (typeof body === "object" && body !== null ? body : {}) as { detail?: unknown };
  const detail = typeof problem.detail === "string" ? problem.detail : "";
  return new Failure(status, detail || t("state.unreadable", { status }));
}

const MOST_ROWS = 200;

/** Every row of a list, page by page; for lists of at most some thousand rows. */
export async function getAll<Item>(path: string, signal?: AbortSignal): Promise<Page<Item>> {
  const part = (page: number) => {
    const url = new URL(path, location.origin);
    url.searchParams.set("size", String(MOST_ROWS));
    url.searchParams.set("page", String(page));
    return get<Page<Item>>(url.pathname + url.search, signal);
  };
  const first = await part(1);
  const pages = Math.ceil(first.total / first.size);
  const others = await Promise.all(Array.from({ length: pages - 1 }, (_, i) => part(i + 2)));
  return { ...first, items: [first, ...others].flatMap(({ items }) => items) };
}
