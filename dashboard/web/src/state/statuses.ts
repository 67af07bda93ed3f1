import type { Filter } from "../components/columns";
import { t, term } from "../i18n";
import { ANY } from "./any";

/** Statuses of records to choose from. Without a choice the server leaves out what moved away. */
export function statusFilter(statuses: string[], standard = ANY): Filter {
  const choices = () => [
    { value: ANY, label: t("filter.kept") },
    ...statuses.map((value) => ({ value, label: term("record.status", value) })),
    { value: "all", label: t("filter.everything") },
  ];
  return { name: "status", label: "filter.status", standard, choices };
}
