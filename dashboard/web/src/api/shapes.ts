/** The API's answers under the names the pages use. Times are ms since 1970, UTC. */

export type Level = "city" | "district" | "street" | "community";
export type Verdict = "live" | "silent" | "dead";

export interface Counts {
  incidents_total: number;
  incidents_open: number;
  cases_total: number;
  cases_open: number;
  tasks_total: number;
  tasks_open: number;
  requests_total: number;
  joined_total: number;
  stale_total: number;
  late_total: number;
}
export type Field = keyof Counts;

export interface Unit {
  code: string;
  name: string;
  level: Level;
  parent: string | null;
  virtual: boolean;
  /** Everything at and below this code. */
  counts: Counts;
  /** Filed under this very code: above a community its desk, 待定位. */
  own: Counts;
}

export interface UnitName {
  code: string;
  name: string;
  level: Level;
}

export interface SourceCount {
  source: string;
  events: number;
  last_at: number;
}

export interface UnitDetail {
  unit: Unit;
  path: UnitName[];
  below: number;
  sources: SourceCount[];
  task_states: Record<string, number>;
}

export interface Source {
  adapter: string;
  source: string;
  topic: string;
  verdict: Verdict;
  state: string;
  detail: string;
  heartbeat_at: number | null;
  heartbeat_age_ms: number | null;
  last_read_at: number | null;
  last_append_at: number | null;
  events: number;
  letters: number;
  skipped: number;
}

export interface City {
  code: string;
  name: string;
  at: number;
  gazetteer: string;
  totals: Counts;
  task_states: Record<string, number>;
  districts: Unit[];
  sources: Source[];
  unlocated: { incidents_open: number; cases_open: number; tasks_open: number; desks: Unit[] };
}

export interface Page<Item> {
  items: Item[];
  total: number;
  page: number;
  size: number;
}

export interface LetterGroup {
  topic: string;
  rule: string;
  count: number;
  advice: string;
  first_at: number;
  last_at: number;
}

export interface Letters {
  items: LetterGroup[];
  total: number;
  letters: number;
}

export interface KindName {
  list: string;
  version: string;
  value: string;
  zh: string;
  en: string;
}

/** The hub's own kinds, for which sources have codes of their own. */
export interface HubKind {
  kind_id: string;
  zh: string;
  en: string;
}

export interface Kinds {
  items: KindName[];
  hub: HubKind[];
}

export interface Border {
  type: "Feature";
  id: string;
  properties: Record<string, unknown>;
  geometry: Record<string, unknown>;
}

export interface Borders {
  type: "FeatureCollection";
  features: Border[];
}

export interface Change {
  codes: string[];
  tasks: string[];
  adapters: string[];
  /** More changed than the lists name: everything shown may be old. */
  more: boolean;
  at: number;
}
