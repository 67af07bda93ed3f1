import { afterEach, describe, expect, it } from "vitest";
import { language } from "../i18n";
import { ago, clock, minute, second, short, span } from "./time";

const NOON = Date.UTC(2026, 10, 20, 4, 0, 5); // 12:00:05 in China
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

afterEach(() => {
  language.value = "zh";
});

describe("a time", () => {
  it("is China's, wherever the reader sits", () => {
    expect(second(NOON)).toBe("2026-11-20 12:00:05");
    expect(minute(Date.UTC(2026, 10, 20, 16, 0))).toBe("2026-11-21 00:00");
    expect(clock(NOON)).toBe("12:00:05");
  });

  it("leaves the year out within this year in China", () => {
    const newYear = Date.UTC(2026, 11, 31, 16, 0); // 2027-01-01 00:00 in China
    expect(short(NOON, NOON)).toBe("11-20 12:00");
    expect(short(NOON, newYear)).toBe("2026-11-20 12:00");
    expect(short(newYear, newYear)).toBe("01-01 00:00");
  });

  it("that is past says how long ago, and is never in the future", () => {
    expect(ago(NOON + MINUTE, NOON)).toBe("刚刚");
    expect(ago(NOON - 59_000, NOON)).toBe("59 秒前");
    expect(ago(NOON - 61 * MINUTE, NOON)).toBe("1 小时前");
    language.value = "en";
    expect(ago(NOON - 49 * HOUR, NOON)).toBe("2 d ago");
  });
});

describe("a length of time", () => {
  it("has its two greatest units", () => {
    expect(span(125 * MINUTE)).toBe("2 小时 5 分");
    expect(span(-125 * MINUTE)).toBe("2 小时 5 分");
    expect(span(26 * HOUR + 59 * MINUTE)).toBe("1 天 2 小时");
  });

  it("leaves out a unit that would be zero", () => {
    expect(span(2 * HOUR)).toBe("2 小时");
    expect(span(48 * HOUR)).toBe("2 天");
    expect(span(59_999)).toBe("0 分钟");
  });
});
