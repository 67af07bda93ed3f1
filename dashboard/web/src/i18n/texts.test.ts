import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { en, t, term, zh, type Key } from ".";

const SOURCE = join(import.meta.dirname, "..");
const OPERATOR = join(SOURCE, "../../../docs/operator.md");
const keys = Object.keys(zh) as Key[];
const places = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

function sources(): string {
  const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" });
  const read = files.filter((file) => /\.(vue|ts)$/.test(file) && !/i18n|test/.test(file));
  return read.map((file) => readFileSync(join(SOURCE, file), "utf8")).join("\n");
}

/** First column of the table of rules; what is only answered to a sender reaches no page. */
function rulesOnThePage(): string[] {
  const lines = readFileSync(OPERATOR, "utf8").split("\n");
  const shown = lines.filter((line) => /^\| `[^|]+\| (retries|halts|letter|row) \|/.test(line));
  return shown.flatMap((line) =>
    [...(line.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, rule]) => rule ?? ""),
  );
}

describe("the texts", () => {
  it("have the same places to fill in, in both languages", () => {
    for (const key of keys) expect(places(en[key]), key).toEqual(places(zh[key]));
  });

  it("are Chinese in Chinese and English in English, the switch apart", () => {
    const ours = keys.filter((key) => !key.startsWith("app.language"));
    for (const key of ours) {
      expect(zh[key], key).toMatch(/\p{Script=Han}/u);
      expect(en[key], key).not.toMatch(/\p{Script=Han}/u);
    }
  });

  it("write Chinese with Chinese punctuation", () => {
    for (const key of keys) expect(zh[key], key).not.toMatch(/[,;:!?()](?!\d)/);
  });

  it("say what each rule means that the operator's page names", () => {
    const rules = rulesOnThePage();
    expect(rules.length).toBeGreaterThan(40);
    expect(rules.filter((rule) => !(`finding.${rule}` in zh))).toEqual([]);
  });

  it("are all shown somewhere: by their key, or as a term of a group", () => {
    const text = sources();
    const groups = [...text.matchAll(/(?:\bterm\(|\bknown\(|group=)\s*["']([\w.]+)["']/g)];
    const built = [
      ...text.matchAll(/t\(\s*`([\w.]+)\.\$\{/g),
      ...text.matchAll(/`([\w.]+)\.\$\{/g),
    ];
    const prefixes = [...groups, ...built].map(([, name]) => `${name}.`);
    const unused = keys.filter(
      (key) =>
        !text.includes(`"${key}"`) &&
        !text.includes(`'${key}'`) &&
        !prefixes.some((p) => key.startsWith(p)),
    );
    expect(unused).toEqual([]);
  });
});

describe("a code that the server sent", () => {
  it("is shown in words where we have them, else as it is", () => {
    expect(term("task.state", "closed")).toBe("已办结");
    expect(term("task.state", "unheard_of")).toBe("unheard_of");
  });
});

it("a place that nothing fills stays visible", () => {
  expect(t("list.page", { page: 1 })).toContain("{pages}");
});
