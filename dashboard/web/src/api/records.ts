/** Single records as the API answers them. Times are ms since 1970, UTC. */

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

/** What incidents and cases have in common. */
export interface Filed extends Kind {
  row_key: string;
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
