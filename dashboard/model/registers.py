"""The read model's tables of persons and of permits.

Nothing here names anybody: a household is a pseudonym, a resident the number of a row of the
register, and the pseudonym of a person is left out, since no page needs it. A change here
rebuilds every read model by itself.
"""

from sqlalchemy import Boolean, Column, Index, Table

from dashboard.model.columns import (
    CODE,
    coded,
    count,
    identity,
    in_transit,
    key,
    metadata,
    time,
    whereabouts,
    words,
)

residents = Table(
    "residents",
    metadata,
    key(),
    *identity(),
    words("change"),
    words("status"),
    *coded("cancelled_because", null=True),
    time("closed_at", null=True),
    words("household", null=True),
    *coded("relation", null=True),
    *coded("sex", null=True),
    words("unit", null=True),
    words("place_text"),
    *whereabouts(),
    Index("residents_by_code", "code", "status", "occurred_at"),
    Index("residents_by_status", "status", "occurred_at"),
    Index("residents_by_household", "household"),
    in_transit("residents"),
)

households = Table(
    "households",
    metadata,
    key(),
    Column("code", CODE, nullable=False),
    words("household"),
    count("members"),
    words("head", null=True),
    words("unit", null=True),
    words("place_text"),
    time("updated_at"),
    Index("households_by_code", "code", "members"),
    Index("households_by_household", "household"),
)

permits = Table(
    "permits",
    metadata,
    key(),
    *identity(),
    *coded("item"),
    *coded("item_type"),
    words("channel"),
    words("stage"),
    words("status"),
    words("decision", null=True),
    time("accepted_at", null=True),
    time("closed_at", null=True),
    words("department"),
    words("document", null=True),
    words("act", null=True),
    *coded("proof", null=True),
    Column("refused", Boolean, nullable=False),
    *(
        words(f"refusal_{part}", null=True)
        for part in ("rule", "list", "list_version", "value", "evidence")
    ),
    words("unit", null=True),
    words("place_text"),
    words("summary"),
    words("task_id", null=True),
    *whereabouts(),
    Index("permits_by_code", "code", "status", "occurred_at"),
    Index("permits_by_status", "status", "occurred_at"),
    Index("permits_by_time", "occurred_at"),
    Index("permits_by_act", "act", "occurred_at"),
    in_transit("permits"),
)
