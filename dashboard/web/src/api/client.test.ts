import { describe, expect, it } from "vitest";
import { address, failure } from "./client";

describe("an address", () => {
  it("carries only the parameters that have a value, escaped", () => {
    const query = { code: "420704001013", kind: undefined, q: "", state: "open & shut" };
    expect(address("/api/tasks", query)).toBe("/api/tasks?code=420704001013&state=open+%26+shut");
    expect(address("/api/tasks", {})).toBe("/api/tasks");
  });
});

describe("a failure", () => {
  it("speaks with the server's own words", () => {
    expect(failure(404, { title: "Not Found", detail: "See /api/units." }).message).toBe(
      "See /api/units.",
    );
  });

  it("has words of its own where the server's answer is no problem+json", () => {
    for (const body of [undefined, null, "<html>", { detail: 5 }]) {
      expect(failure(502, body).message).toContain("502");
    }
  });
});
