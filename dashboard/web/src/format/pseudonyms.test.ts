import { expect, it } from "vitest";
import { shortened } from "./pseudonyms";

it("a pseudonym is shortened to the characters behind its key's name", () => {
  expect(shortened("e1.7wncw5ojjuf3zvaihbhyqvg63lbyhvbv")).toBe("7wncw5");
});

it("one without a key's name is shortened from its beginning", () => {
  expect(shortened("7wncw5ojjuf3")).toBe("7wncw5");
});
