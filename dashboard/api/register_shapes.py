"""What the API says of residents, households and permits. Field names are columns.

Nobody is named: a household is a pseudonym, a resident the number of a row of the register.
"""

from typing import Annotated

from msgspec import Meta, Struct

from dashboard.api.records import Filed
from dashboard.api.shapes import Code12, Ms, Paged

Household = Annotated[str | None, Meta(description="Pseudonym of the household number 户号")]


class Resident(Filed):
    """One person's household registration 户籍人口 as it stands."""

    change: Annotated[str, Meta(description="What brought this version 变动类别")]
    status: Annotated[str, Meta(description="registered, cancelled or left (moved away)")]
    cancelled_because_list: str | None
    cancelled_because_version: str | None
    cancelled_because: Annotated[str | None, Meta(description="Why cancelled 注销原因")]
    household: Household
    relation_list: str | None
    relation_version: str | None
    relation: Annotated[str | None, Meta(description="Relation to the head 与户主关系")]
    sex_list: str | None
    sex_version: str | None
    sex: Annotated[str | None, Meta(description="GB/T 2261.1")]


class ResidentPage(Paged):
    """One page of residents."""

    items: list[Resident]


class HouseholdRow(Struct):
    """One household 户 as registered at one code."""

    row_key: Annotated[str, Meta(description="Key of the row: code/row id")]
    code: Code12
    household: Annotated[str, Meta(description="Pseudonym of the household number 户号")]
    members: Annotated[int, Meta(description="Registered persons here")]
    head: Annotated[
        str | None, Meta(description="Row id of the head 户主 among the residents of this code")
    ]
    unit: Annotated[str | None, Meta(description="Address unit: estate/building/unit")]
    place_text: Annotated[str, Meta(description="Redacted address")]
    updated_at: Ms


class HouseholdPage(Paged):
    """One page of households."""

    items: list[HouseholdRow]


class Permit(Filed):
    """One application for a service item 政务服务事项 as it stands."""

    item_list: Annotated[str, Meta(description="List that defines the item")]
    item_version: str
    item: Annotated[str, Meta(description="Service item 事项, as stated")]
    item_type_list: str
    item_type_version: str
    item_type: Annotated[str, Meta(description="Its type 事项类型")]
    channel: Annotated[str, Meta(description="network, app, terminal or hall 受理渠道")]
    stage: Annotated[
        str, Meta(description="applied, accepted, not_accepted, decided or withdrawn 办理环节")
    ]
    status: Annotated[str, Meta(description="open, closed, void or left (moved away)")]
    decision: Annotated[str | None, Meta(description="granted or refused, once decided")]
    accepted_at: Annotated[int | None, Meta(description="When the platform accepted it, ms")]
    department: Annotated[str, Meta(description="Department that decides")]
    document: Annotated[str | None, Meta(description="受理编号")]
    act: Annotated[
        str | None,
        Meta(description="What the community must do: opinion, site_check or proof; null: nothing"),
    ]
    proof_list: str | None
    proof_version: str | None
    proof: Annotated[str | None, Meta(description="The proof that is asked for")]
    refused: Annotated[
        bool, Meta(description="The hub did not ask the community: it must not do this")
    ]
    refusal_rule: Annotated[str | None, Meta(description="Rule, for example proof.prohibited")]
    refusal_list: Annotated[str | None, Meta(description="List that the rule reads")]
    refusal_list_version: Annotated[str | None, Meta(description="Its version in force then")]
    refusal_value: Annotated[str | None, Meta(description="Entry of the list")]
    refusal_evidence: Annotated[
        str | None, Meta(description="What the entry says: name, issuer, legal basis")
    ]
    summary: Annotated[str, Meta(description="Redacted text")]
    task_id: Annotated[str | None, Meta(description="Task it is a request of")]


class PermitPage(Paged):
    """One page of permits."""

    items: list[Permit]
