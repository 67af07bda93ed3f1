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

export interface Kind {
  kind_list: string;
  kind_version: string;
  kind: string;
  kind_id: string;
}

export interface Task extends Kind {
  task_id: string;
  code: string;
  state: string;
  version: number;
  origin_source: string;
  origin_department: string;
  origin_document: string | null;
  work_class: string;
  asset: string | null;
  unit: string | null;
  place_text: string;
  summary: string;
  owner: string | null;
  first_owner: string | null;
  lead: string | null;
  co_handlers: string[];
  assignee: string | null;
  hops: Hop[];
  clocks: Clock[];
  due_at: number | null;
  requests: number;
  requests_open: number;
  rule: string;
  list_version: string;
  links: string | null;
  opened_at: number;
  created_at: number;
  updated_at: number;
  closed_at: number | null;
}

export interface Hop {
  at: number;
  from_unit: string;
  to_unit: string;
  action: string;
  reason: string;
}

export interface Clock {
  name: string;
  due_at: number;
  state: string;
  calendar: string;
  reason: string;
}

export interface Request {
  request_id: string;
  task_id: string;
  code: string;
  source: string;
  record_id: string;
  department: string;
  document: string | null;
  occurred_at: number;
  status: string;
  rule: string;
  list_version: string;
  evidence: string;
  joined_at: number;
}

export interface TaskEvent {
  event_id: string;
  version: number;
  what: string;
  state: string;
  at: number;
  actor: string;
  role: string;
  reason: string;
  rule: string;
  list: string;
  list_version: string;
  request_id: string | null;
}

export interface TaskDetail {
  task: Task;
  requests: Request[];
  history: TaskEvent[];
}

interface Filed extends Kind {
  code: string;
  source: string;
  record_id: string;
  occurred_at: number;
  status: string;
  closed_at: number | null;
  unit: string | null;
  place_text: string;
  summary: string;
  task_id: string | null;
  moved_direction: string | null;
  moved_counterpart: string | null;
  updated_at: number;
}

export interface Incident extends Filed {
  filed: boolean;
  referred: boolean;
}

export interface Case extends Filed {
  category: string;
  asset: string | null;
  stage: string;
  department: string;
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
