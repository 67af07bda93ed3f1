import type { Permit } from "../api/shapes";
import { t } from "../i18n";
import { codeName, word } from "./codes";

/** Where an application stands, and what was decided. */
export function stageName({
  stage,
  decision,
}: {
  stage?: string | null;
  decision?: string | null;
}): string {
  const names = [word("stage", stage ?? ""), decision ? word("decision", decision) : ""];
  return names.filter((name) => name).join(" · ");
}

/** What the community must do; nothing in words where it has no part. */
export function actName({ act, refused }: { act: string | null; refused: boolean }): string {
  if (refused) return t("permit.act.refused");
  return act ? word("act", act) : "—";
}

/** Why a community was not asked: which proof, who issues it by which law, and the list's version. */
export function refusal(permit: Permit): string | undefined {
  if (!permit.refused) return undefined;
  const { proof_list, proof_version, proof, refusal_value, refusal_evidence } = permit;
  const name = codeName(proof_list, proof_version, proof ?? refusal_value ?? "");
  const version = permit.refusal_list_version ?? "";
  const [, ...said] = (refusal_evidence ?? "").split("; ");
  const [issuer, basis] = said;
  if (issuer && basis && said.length === 2) {
    return t("permit.refused.whole", { proof: name, issuer, basis, version });
  }
  if (issuer) return t("permit.refused.part", { proof: name, said: said.join("; "), version });
  return t("permit.refused.bare", { proof: name, version });
}
