import { t } from "../i18n";

/** An answer that is no data: what went wrong and what to do, in words for the reader. */
export class Failure extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
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
  try {
    return await fetch(path, { signal, headers: { Accept: "application/json" } });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Failure(0, t("state.error"), t("state.offline"));
  }
}

/** RFC 9457: title says what, detail says what to do. */
export function failure(status: number, body: unknown): Failure {
  const problem = (typeof body === "object" && body !== null ? body : {}) as Record<
    string,
    unknown
  >;
  const title = typeof problem.title === "string" ? problem.title : t("state.error");
  const detail =
    typeof problem.detail === "string" ? problem.detail : t("state.unreadable", { status });
  return new Failure(status, title, detail);
}
