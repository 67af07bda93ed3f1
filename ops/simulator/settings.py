"""What a simulated city is made of, and how dirty its departments' systems are."""

from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta, timezone

from ops.simulator.silence import Silence

CHINA = timezone(timedelta(hours=8))
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000  # milliseconds

FIRST_MINUTE, LAST_MINUTE = 10, 23 * 60 + 20  # of a day: between them things happen
NO_SHARES = ("hang_seconds", "silent")  # of Dirt
OVERLAP = 10 * MINUTE  # a police row is never later than this in source time


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The same settings make the same city, to the byte. Shares are 0-1."""

    start: date  # first simulated day, China time
    seed: int = 1
    people: int = 20_000
    days: int = 7  # of history; what comes after is live
    incidents_per_thousand: float = 8.0  # people and day
    cases_per_thousand: float = 8.0  # people and day
    permits_per_thousand: float = 0.0  # people and day; 0: the city has no such platform
    registered: bool = False  # the city has a register of persons, and a database in front of it
    moves_per_thousand: float = 0.8  # people and day: registrations that move within the city
    registrations_per_thousand: float = 1.5  # people and day: other changes of registrations
    own_street: str = ""  # a street's code: its communities' cases come by a producer, not in files
    clustered: float = 0.15  # records that belong with others
    referred: float = 0.35  # incidents on their own that the police pass to the community
    reused: float = 0.3  # clusters at a place whose earlier cluster is over
    exports_per_day: int = 6

    @property
    def start_ms(self) -> int:
        """Midnight of the first day in China, ms UTC."""
        return int(datetime.combine(self.start, time(), CHINA).timestamp() * 1000)

    def day_start(self, day: int) -> int:
        return self.start_ms + day * DAY

    def day_of(self, at: int) -> int:
        return (at - self.start_ms) // DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Dirt:
    """How departments' systems err. Mostly a share (0-1) of what its comment names."""

    # Records of either system.
    missing_fields: float = 0.010  # lone records: a required field is empty
    unknown_kinds: float = 0.005  # lone records: a kind that no list has
    unreadable_times: float = 0.005  # lone records: a time that is none
    corrected: float = 0.5  # of those three: set right on a later day
    unlocated: float = 0.05  # lone records: neither code nor a telling address
    unknown_codes: float = 0.015  # lone records: a community code that nobody knows
    virtual_codes: float = 0.004  # lone records: the code of a virtual unit
    located_later: float = 0.5  # of those three: placed by an update on a later day
    moved: float = 0.02  # lone records: change community on a later day
    moved_back: float = 0.3  # of records, applications, households that moved: go back later
    codeless: float = 0.08  # records: no code, but an address that tells
    loose_writing: float = 0.4  # addresses: 三栋, 3#楼, full-width digits, spaces, parts left out
    third_persons: float = 0.3  # free texts: another person's name, phone or plate stands in it
    # The police system.
    repeated_rows: float = 0.03  # rows of either system: stand twice
    late_rows: float = 0.04  # rows: shown some minutes after newer ones
    overtaken_rows: float = 0.3  # rows followed by another within minutes: shown after it
    server_errors: float = 0.02  # answers: HTTP 500
    half_answers: float = 0.01  # answers: cut JSON
    hangs: float = 0.002  # answers: none for `hang_seconds`
    hang_seconds: float = 30.0
    # The platform of permits; it tries again until it is heard.
    wrong_ids: float = 0.02  # applications, persons' first rows: the id has a wrong check digit
    contradicted: float = 0.05  # decisions, corrections: contradicted minutes later by what counts
    repeated_webhooks: float = 0.06  # webhooks: sent again though they were acknowledged
    overtaken_webhooks: float = 0.15  # webhooks: sent after newer ones
    replayed_webhooks: float = 0.02  # webhooks: sent again by a stranger, as they were captured
    forged_webhooks: float = 0.02  # webhooks: preceded by one with a wrong signature
    half_webhooks: float = 0.02  # webhooks: preceded by half of themselves
    # The register of persons; a row of it is as it stands now.
    same_instant: float = 0.15  # corrections: another one follows under the same time, to the ms
    late_commits: float = 0.06  # changes: can be read minutes after their own time
    clocks_set_back: float = 0.25  # days: for an hour or so the clock is hours slow
    twins: float = 0.1  # births: two children at once
    deleted_rows: float = 0.03  # of all changes: so many rows vanish besides
    # The department that produces to Kafka itself.
    produced_twice: float = 0.06  # records: sent twice
    # Systems that say nothing for days, and then all at once.
    silent: tuple[Silence, ...] = (Silence("permits", first=1, days=2),)
    # The city's case files.
    late_files: float = 0.10  # exports: dropped after later ones
    half_files: float = 0.20  # exports: grow while they are read
    broken_files: float = 0.03  # exports: never become whole; the same rows follow in a new one
    wrong_columns: float = 0.03  # exports: a column renamed; the same rows follow in a new one
    reexports: float = 0.05  # exports: followed by one of all rows
    dropped_again: float = 0.10  # exports: dropped a second time, unchanged
    gb18030: float = 0.25  # exports: CSV in GB18030; the rest that is no XLSX: UTF-8 with BOM
    xlsx: float = 0.35  # exports: spreadsheets

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name not in NO_SHARES and not 0 <= value <= 1:
                raise ValueError(f"Dirt.{field.name} is {value}: give a share from 0 to 1.")

    @classmethod
    def none(cls) -> "Dirt":
        """A city whose departments never err."""
        shares = {field.name: 0.0 for field in fields(cls) if field.name not in NO_SHARES}
        return cls(**shares, silent=())


def last_days(days: int, today: date) -> date:
    """The first of `days` days that end with yesterday, so that nothing lies ahead of the clock."""
    return today - timedelta(days=days)


def china_today() -> date:
    """The date in China now."""
    return datetime.now(CHINA).date()
