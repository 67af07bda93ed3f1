import { expect, it } from "vitest";
import { wanted } from "./search";

it("a code is found as it is shown, in groups", () => {
  expect(wanted(" 420704 001 013 ")).toBe("420704001013");
});

it("a name keeps what stands between its words", () => {
  expect(wanted("  江城 社区 ")).toBe("江城 社区");
});
