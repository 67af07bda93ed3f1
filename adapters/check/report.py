"""What a check says: counts, and only such values as may be shown."""

import msgspec


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a report: immutable, written as JSON by its field names."""


class File(Shown, frozen=True, kw_only=True):
    """A file of the folder; `encoding` is empty where the adapter leaves the file alone."""

    name: str
    encoding: str
    rows: int
    unreadable: int


class Column(Shown, frozen=True, kw_only=True):
    """A column. `examples` are values where `plain`, else their shapes: 9 digit, x letter, 文 Han.

    `distinct` counts up to a limit; `many` says that there are more.
    """

    name: str
    filled: int
    share: float
    distinct: int
    many: bool
    plain: bool
    examples: list[str]


class Code(Shown, frozen=True, kw_only=True):
    """A code of a kind. `state`: known to the crosswalk, unlisted there and taken, or refused."""

    list: str
    version: str
    value: str
    state: str
    count: int


class Filed(Shown, frozen=True, kw_only=True):
    """A code that rows are filed under; level is community, or street, district, city of a desk."""

    code: str
    name: str
    level: str
    count: int
    share: float


class Reason(Shown, frozen=True, kw_only=True):
    """Why rows found no community."""

    reason: str
    count: int


class Letters(Shown, frozen=True, kw_only=True):
    """Dead letters of one rule and field: places of the first, masked values, what to do."""

    rule: str
    field: str
    count: int
    places: list[str]
    values: list[str]
    advice: str


class Report(Shown, frozen=True, kw_only=True):
    """All that a check found. Times are ISO 8601 in China time, shares 0 to 1.

    `rows` were read; of them `repeats` state exactly what another row states, `versions` are
    different contents of `records`. `events` would be sent, `letters` set aside.
    """

    adapter: str
    title: str
    mapping: str
    order: str
    files: list[File]
    rows: int
    repeats: int
    versions: int
    records: int
    changed: int
    events: int
    columns: list[Column]
    codes: list[Code]
    states: dict[str, dict[str, int]]
    first: str
    last: str
    future: int
    filed: list[Filed]
    unlocated: list[Reason]
    letters: list[Letters]
    bad_share: float
    most_bad_share: float
    seconds: float
    rows_per_second: float
    remarks: list[str]
    objections: list[str]

    @property
    def fine(self) -> bool:
        """Whether the adapter could read this as it is."""
        return not self.objections
