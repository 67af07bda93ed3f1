import type { InTransit } from "../api/shapes";
import { t } from "../i18n";
import { nameOf } from "./names";

/** The half that was not seen yet: who left here has to arrive there, and the other way round. */
export function missingHalf(direction: string, counterpart: string): string {
  const name = nameOf(counterpart);
  return t(direction === "left" ? "transit.missing.left" : "transit.missing.arrived", { name });
}

/** Records in transit, whatever they are. */
export function inTransit({ residents, permits, incidents, cases }: InTransit): number {
  return residents + permits + incidents + cases;
}
