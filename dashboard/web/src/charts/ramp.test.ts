import { expect, it } from "vitest";
import { tone } from "./ramp";

it("nothing has a tone of its own, and the greatest the strongest", () => {
  const tones = [0, 1, 50, 100].map((value) => tone(value, 100, false));
  expect(new Set(tones).size).toBe(4);
  expect(tone(0, 0, false)).toBe(tones[0]);
  expect(tone(7, 7, false)).toBe(tones[3]);
});

it("a dark page has tones of its own", () => {
  expect(tone(5, 9, true)).not.toBe(tone(5, 9, false));
});
