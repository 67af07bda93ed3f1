import type { Key } from "../i18n";

/** A column that only one sort of record has. */
export interface Column<Row> {
  title: Key;
  text: (row: Row) => string;
  /** The text says nothing without its title: a phone shows both. */
  labelled?: boolean;
}
