"""A fold without a lane: rows in a dict, no batches, no log. What a schedule is compared with."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from streams.lane.errors import RowTooLargeError
from streams.lane.fold import AnyFold
from streams.lane.partition import ROW_LIMIT_BYTES
from streams.lane.port import Record


class Told(NamedTuple):
    """An output as it stands on its topic (logical name)."""

    topic: str
    key: bytes
    value: bytes | None


class PureRows:
    """Rows of one partition, plain; a record that fails leaves nothing. See `fold.UnitRows`."""

    def __init__(self, fold: AnyFold) -> None:
        self._fold = fold
        self._tables = {table.name: table for table in fold.tables}
        self._rows: dict[str, dict[str, Any]] = {name: {} for name in self._tables}
        self._undo: list[tuple[str, str, Any]] = []
        self._said: list[tuple[str, str, str, Any]] = []
        self.told: list[Told] = []

    def get(self, table: Any, key: str) -> Any:  # noqa: ANN401 -- tables and rows are the app's
        """Row, or None."""
        return self._rows[table.name].get(key)

    def put(self, table: Any, key: str, row: Any) -> None:  # noqa: ANN401 -- as above
        """Set a row."""
        self._set(table.name, key, row)

    def delete(self, table: Any, key: str) -> None:  # noqa: ANN401 -- as above
        """Remove a row."""
        self._set(table.name, key, None)

    def emit(self, topic: str, schema: str, key: str, value: Any) -> None:  # noqa: ANN401 -- as above
        """Append an output."""
        self._said.append((topic, schema, key, value))

    def pop_due(self, now: int) -> Any:  # noqa: ANN401 -- as above
        """Remove and give the earliest timer due at `now`, or None."""
        timers = self._rows[self._fold.timers]
        due = min(((int(key.split("/", 3)[2]), key) for key in timers), default=None)
        if due is None or due[0] > now:
            return None
        row = timers[due[1]]
        self._set(self._fold.timers, due[1], None)
        return row

    def _set(self, name: str, key: str, row: Any) -> None:  # noqa: ANN401 -- as above
        rows = self._rows[name]
        self._undo.append((name, key, rows.get(key)))
        if row is None:
            rows.pop(key, None)
        else:
            rows[key] = row

    def step(self, now: int, topic: str, number: int, records: list[Record]) -> None:
        """Fold one step of the journal, record by record."""
        if not records:
            self._tick(now)
        for record in records:
            self._tick(now)
            error = self._attempt(now, topic, record)
            if error is not None and (error := self._attempt(now, topic, record)) is not None:
                letter = self._fold.letter(topic, number, record, error, now)
                self.told.append(Told(letter.topic, letter.key or b"", letter.value))

    def _tick(self, now: int) -> None:
        self._fold.tick(now, self)
        self._keep()

    def _attempt(self, now: int, topic: str, record: Record) -> Exception | None:
        try:
            self._fold.apply(now, topic, record, self)
            self._require_room()
        except Exception as error:  # noqa: BLE001 -- it is a dead letter, whatever it provoked
            for name, key, before in reversed(self._undo):
                self._set(name, key, before)
            self._undo.clear()
            self._said.clear()
            return error
        self._keep()
        return None

    def _require_room(self) -> None:
        for name, key, _ in self._undo:
            row = self._rows[name].get(key)
            if row is not None:
                _require_room(name, key, self._fold.encode_row(self._tables[name], row))
        for topic, schema, key, value in self._said:
            _require_room(topic, key, self._fold.encode(schema, value))

    def _keep(self) -> None:
        self._undo.clear()
        for topic, schema, key, value in self._said:
            self.told.append(Told(topic, key.encode(), self._fold.encode(schema, value)))
        self._said.clear()

    def encoded(self) -> Iterator[tuple[tuple[str, str], bytes]]:
        """Every row's bytes, by table and key."""
        for name, rows in self._rows.items():
            for key, row in rows.items():
                yield (name, key), self._fold.encode_row(self._tables[name], row)


def _require_room(where: str, key: str, data: bytes) -> None:
    """The lane's own limit, in the lane's own words: a letter may quote them."""
    if len(data) > ROW_LIMIT_BYTES:
        message = f"{where} {key}: {len(data)} bytes, the limit is {ROW_LIMIT_BYTES}"
        raise RowTooLargeError(message)
