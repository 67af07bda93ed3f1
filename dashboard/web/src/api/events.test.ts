import { describe, expect, it } from "vitest";
import { messages } from "./events";

const STREAM =
  ': hello\r\n\r\nid: 7\r\nevent: changed\r\ndata: {"a":\r\ndata: 1}\r\n\r\nid: 8\r\n: still here\r\n\r\n';
const TOLD = [
  { type: "", data: "", id: null },
  { type: "changed", data: '{"a":\n1}', id: "7" },
  { type: "", data: "", id: "8" },
];

describe("an event stream", () => {
  it("gives the same messages wherever the network cuts it", () => {
    for (let cut = 0; cut <= STREAM.length; cut += 1) {
      const read = messages();
      const told = [...read(STREAM.slice(0, cut)), ...read(STREAM.slice(cut))];
      expect(told, `cut at ${cut}`).toEqual(TOLD);
    }
  });

  it("may end its lines with a newline alone", () => {
    expect(messages()("event: reset\ndata: {}\n\n")).toEqual([
      { type: "reset", data: "{}", id: null },
    ]);
  });

  it("tells nothing of a message that is not complete yet", () => {
    expect(messages()("event: changed\ndata: {}\n")).toEqual([]);
  });
});
