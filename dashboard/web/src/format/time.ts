import { t } from "../i18n";

/** All times are shown in China's time, wherever the reader sits. */
const ZONE = "Asia/Shanghai";
const parts = new Intl.DateTimeFormat("en-CA", {
  timeZone: ZONE,
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

function fields(ms: number): Record<string, string> {
  return Object.fromEntries(parts.formatToParts(ms).map(({ type, value }) => [type, value]));
}

/** "2026-11-20 08:31" */
export function minute(ms: number): string {
  const { year, month, day, hour, minute } = fields(ms);
  return `${year}-${month}-${day} ${hour}:${minute}`;
}

/** "2026-11-20 08:31:05" */
export function second(ms: number): string {
  return `${minute(ms)}:${fields(ms).second}`;
}

/** "11-20 08:31" within the year of `now`, else with the year. */
export function short(ms: number, now: number): string {
  const text = minute(ms);
  return text.slice(0, 4) === minute(now).slice(0, 4) ? text.slice(5) : text;
}

/** "08:31:05" */
export function clock(ms: number): string {
  return second(ms).slice(11);
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago: never in the future, for clocks differ by seconds. */
export function ago(ms: number, now: number): string {
  const age = Math.max(0, now - ms);
  if (age < 10 * SECOND) return t("time.now");
  if (age < MINUTE) return t("time.seconds", { n: Math.floor(age / SECOND) });
  if (age < HOUR) return t("time.minutes", { n: Math.floor(age / MINUTE) });
  if (age < DAY) return t("time.hours", { n: Math.floor(age / HOUR) });
  return t("time.days", { n: Math.floor(age / DAY) });
}

/** A length of time in its two greatest units: "2 小时 5 分". */
export function span(ms: number): string {
  const minutes = Math.floor(Math.abs(ms) / MINUTE);
  const [days, hours, rest] = [
    Math.floor(minutes / 1440),
    Math.floor(minutes / 60) % 24,
    minutes % 60,
  ];
  if (days) return hours ? t("span.daysHours", { n: days, m: hours }) : t("span.days", { n: days });
  if (!hours) return t("span.minutes", { n: rest });
  return rest ? t("span.hoursMinutes", { n: hours, m: rest }) : t("span.hours", { n: hours });
}
