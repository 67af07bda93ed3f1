/**
 * The API's answers under the names that the pages use; `types.ts` is made from its OpenAPI file.
 * Times are ms since 1970, UTC.
 */
import type { components } from "./types";

type Shapes = components["schemas"];

export type City = Shapes["City"];
export type Counts = Shapes["Counts"];
export type Field = keyof Counts;
export type Unit = Shapes["Unit"];
export type Level = Unit["level"];
export type UnitName = Shapes["UnitName"];
export type UnitDetail = Shapes["UnitDetail"];

export type Source = Shapes["Source"];
export type Sources = Shapes["Sources"];
export type Verdict = Source["verdict"];
export type SourceCount = Shapes["SourceCount"];
export type Ready = Shapes["Ready"];
export type Letters = Shapes["Letters"];
export type Borders = Shapes["GeoMap"];
export type Kinds = Shapes["Kinds"];
export type Codes = Shapes["Codes"];

export type Task = Shapes["Task"];
export type TaskDetail = Shapes["TaskDetail"];
export type TaskEvent = Shapes["TaskEvent"];
export type Request = Shapes["Request"];
export type Hop = Shapes["Hop"];
export type Clock = Shapes["Clock"];
export type Incident = Shapes["Incident"];
export type Case = Shapes["Case"];
export type Permit = Shapes["Permit"];
export type Resident = Shapes["Resident"];
export type Household = Shapes["HouseholdRow"];
export type Transit = Shapes["Transit"];
export type InTransit = Shapes["InTransit"];
export type Moving = Transit["table"];

/** What every record of a source has. */
export type Filed = Pick<Incident, keyof Incident & keyof Case & keyof Permit & keyof Resident>;
/** A code with the list and edition that define it. */
export type Kind = Pick<Task, "kind_list" | "kind_version" | "kind" | "kind_id">;

/** One page of a list. */
export type Page<Item> = { items: Item[]; total: number; page: number; size: number };
/** Data of the event `changed`. */
export type Change = Shapes["Changed"];
