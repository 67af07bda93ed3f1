"""The rows of the private state: what no other room sees. As in `rows`."""

from streams.community.rows import Row, Transit


class Identity(Row, frozen=True, kw_only=True):
    """Which task an asset, or a kind at an address unit, belongs to."""

    task_id: str


class Heads(Row, frozen=True, kw_only=True):
    """Residents who claim to be the head of a household, besides the one who is."""

    others: tuple[str, ...]


class Crossed(Row, frozen=True, kw_only=True):
    """What is not settled yet of a record's moves at one code; see `transit`."""

    open: tuple[Transit, ...]
    quiet: tuple[Transit, ...]
    heard: tuple[Transit, ...]


class Timer(Row, frozen=True, kw_only=True):
    """Something that is due."""

    due: int
    what: str
    table: str
    key: str


class SeenCommand(Row, frozen=True, kw_only=True):
    """A command that was carried out or refused: once."""

    at: int


class ReferenceList(Row, frozen=True, kw_only=True):
    """A reference list as this partition has it: its head, or a part of it."""

    list: str
    version: str
    parts: int
    bodies: tuple[bytes, ...]
