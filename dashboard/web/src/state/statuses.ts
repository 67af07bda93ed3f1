import { t, term } from "../i18n";
import { ANY } from "./list";

/** Statuses of records to choose from. Without a choice the server leaves out what moved away. */
export function statusChoices(statuses: string[]): { value: string; label: string }[] {
  return [
    { value: ANY, label: t("filter.kept") },
    ...statuses.map((value) => ({ value, label: term("record.status", value) })),
    { value: "all", label: t("filter.everything") },
  ];
}
