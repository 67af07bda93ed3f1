import { describe, expect, it } from "vitest";
import { below, levelOf, parentOf, spaced, within } from "./codes";

const CITY = "420700000000";
const DISTRICT = "420704000000";
const STREET = "420704001000";
const COMMUNITY = "420704001013";

describe("a code", () => {
  it("says its level by the zeros at its end", () => {
    expect([CITY, DISTRICT, STREET, COMMUNITY].map(levelOf)).toEqual([
      "city",
      "district",
      "street",
      "community",
    ]);
  });

  it("stands below every unit whose digits it begins with, and below itself", () => {
    expect([CITY, DISTRICT, STREET, COMMUNITY].map((unit) => within(COMMUNITY, unit))).toEqual(
      Array(4).fill(true),
    );
    expect(within(STREET, COMMUNITY)).toBe(false);
    expect(within("420703100001", DISTRICT)).toBe(false);
  });

  it("names the unit above it", () => {
    expect([COMMUNITY, STREET, DISTRICT, CITY].map(parentOf)).toEqual([
      STREET,
      DISTRICT,
      CITY,
      CITY,
    ]);
  });

  it("is read in groups that carry a meaning", () => {
    expect(spaced(COMMUNITY)).toBe("420704 001 013");
  });
});

it("below a community there is nothing", () => {
  expect(below("city")).toBe("district");
  expect(below("community")).toBeNull();
});
