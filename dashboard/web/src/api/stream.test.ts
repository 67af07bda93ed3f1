import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LiveStream } from "./stream";

const PAUSES = { first: 20, longest: 80, silence: 300 };

describe("a live stream", () => {
  let server: Server;
  let stream: LiveStream;
  let answers: ((request: IncomingMessage, response: ServerResponse) => void)[];
  let asked: IncomingMessage[];
  const told: string[] = [];

  beforeEach(async () => {
    told.length = 0;
    answers = [];
    asked = [];
    server = createServer((request, response) => {
      asked.push(request);
      const answer = answers.shift() ?? keepOpen;
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    stream = new LiveStream(
      `http://127.0.0.1:${port}/`,
      {
        connected: (gap) => told.push(gap ? "connected after a gap" : "connected"),
        lost: () => told.push("lost"),
        heard: () => undefined,
        message: ({ type, data }) => told.push(`${type} ${data}`),
      },
      PAUSES,
    );
  });

  afterEach(() => {
    stream.close();
    server.closeAllConnections();
    server.close();
  });

  const keepOpen = (_: IncomingMessage, response: ServerResponse) => response.write(": here\n\n");
  const refuse = (_: IncomingMessage, response: ServerResponse) => response.writeHead(503).end();
  const say = (text: string) => (_: IncomingMessage, response: ServerResponse) =>
    response.end(text);

  it("goes on after the last message it was told", async () => {
    answers = [say("id: 41\nevent: changed\ndata: {}\n\n")];
    void stream.run();
    await vi.waitUntil(() => asked.length === 2);
    await vi.waitUntil(() => told.length === 4);
    expect(asked.map(({ headers }) => headers["last-event-id"])).toEqual([undefined, "41"]);
    expect(told).toEqual(["connected", "changed {}", "lost", "connected"]);
  });

  it("says that there is a gap where it was told no id to go on from", async () => {
    answers = [say("event: changed\ndata: {}\n\n")];
    void stream.run();
    await vi.waitUntil(() => told.includes("connected after a gap"));
  });

  it("tries again until the server is ready", async () => {
    answers = [refuse, refuse, refuse];
    void stream.run();
    await vi.waitUntil(() => told.includes("connected"));
    expect(told).toEqual(["lost", "lost", "lost", "connected"]);
  });

  it("takes a line that says nothing for too long for dead", async () => {
    answers = [keepOpen];
    void stream.run();
    await vi.waitUntil(() => asked.length === 2);
    expect(told.slice(0, 2)).toEqual(["connected", "lost"]);
  });

  it("gives its connection back while nobody looks, and comes back when asked to", async () => {
    answers = [say("id: 5\ndata: {}\n\n"), keepOpen];
    void stream.run();
    await vi.waitUntil(() => asked.length === 2 && told.at(-1) === "connected");
    const closed = new Promise((resolve) => asked[1]?.on("close", resolve));
    stream.rest();
    await closed;
    expect(told.at(-1)).toBe("connected");
    stream.retryNow();
    await vi.waitUntil(() => asked.length === 3);
    expect(asked[2]?.headers["last-event-id"]).toBe("5");
  });
});
