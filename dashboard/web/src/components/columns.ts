import type { RouteLocationRaw } from "vue-router";
import type { Key } from "../i18n";
import type { Choice } from "../state/codes";

/** A column that only one sort of record has. */
export interface Column<Row> {
  title: Key;
  text: (row: Row) => string;
  /** The text says nothing without its title: a phone shows both. */
  labelled?: boolean;
  /** A tablet drops the lesser columns; this one stays. */
  kept?: boolean;
  /** Field that the server sorts by. */
  sort?: string;
  to?: (row: Row) => RouteLocationRaw | undefined;
  /** The whole of what the text shortens. */
  whole?: (row: Row) => string | undefined;
}

/** A choice above a list; one without choices is only set by a link. */
export interface Filter {
  name: string;
  label: Key;
  standard: string;
  choices?: () => Choice[];
}

/** How the records of one system look in a list. */
export interface Look<Row> {
  path: string;
  /** Field that sorts by what the record is called; empty where the server cannot. */
  nameField: string;
  nameTitle: Key;
  name: (row: Row) => string;
  summary?: (row: Row) => string;
  /** What must be said of a row besides its columns. */
  note?: (row: Row) => string | undefined;
  filters: Filter[];
  columns: Column<Row>[];
  /** Registers of persons ask nothing: no task stands behind their rows. */
  asks: boolean;
  timeTitle: Key;
  /** Can the server sort by state? */
  statusSorted: boolean;
  asking?: (chosen: Record<string, string | undefined>) => Record<string, string | undefined>;
}
