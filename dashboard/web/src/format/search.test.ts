import { describe, expect, it } from "vitest";
import type { Counts } from "../api/shapes";
import { matching, sorted } from "./search";

const unit = (code: string, name: string, tasks_open = 0) => ({
  code,
  name,
  counts: { tasks_open } as Counts,
});
const UNITS = [
  unit("420704001013", "江城社区", 3),
  unit("420703200203", "临江村委会", 10),
  unit("420704002002", "北门社区", 2),
];
const names = (units: { name: string }[]) => units.map(({ name }) => name);

describe("a search", () => {
  it("finds a part of a name", () => {
    expect(names(matching(UNITS, " 江 "))).toEqual(["江城社区", "临江村委会"]);
  });

  it("finds the beginning of a code, also written in groups", () => {
    expect(names(matching(UNITS, "420704 002"))).toEqual(["北门社区"]);
    expect(matching(UNITS, "002002")).toEqual([]);
  });
});

describe("an order", () => {
  it("of counts is that of numbers, either way", () => {
    expect(names(sorted(UNITS, "-tasks_open"))).toEqual(["临江村委会", "江城社区", "北门社区"]);
    expect(names(sorted(UNITS, "tasks_open"))).toEqual(["北门社区", "江城社区", "临江村委会"]);
  });

  it("of codes is that of their digits", () => {
    expect(names(sorted(UNITS, "code"))).toEqual(["临江村委会", "江城社区", "北门社区"]);
  });
});
