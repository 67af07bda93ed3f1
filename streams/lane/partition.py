"""One partition as a state machine: fold units, merge them, freeze them into transactions.

Nothing here awaits and nothing here knows Kafka: the same code runs on the in-memory twin,
in a replay, and in the checker.
"""

from hashlib import blake2b
from typing import Any, Generic, NamedTuple

from streams.lane.errors import ChainBrokenError, RowsFolderError, RowTooLargeError
from streams.lane.fold import Fold, R, T
from streams.lane.overlay import Output, Overlay
from streams.lane.pending import Frozen, Pending, Step
from streams.lane.port import Record, Slice, Unit, Write
from streams.lane.rows.digest import DIGEST_BYTES
from streams.lane.rows.memory import MemoryRows
from streams.lane.rows.store import RowStore

POSITIONS_KEY = "-/positions"
POSITIONS_SCHEMA = "shequ.lane.Positions"
JOURNAL_SCHEMA = "shequ.lane.Journal"
ROW_LIMIT_BYTES = 900_000
"""A row must fit a message (1 MB) with its key and headers."""


class RowChange(NamedTuple, Generic[R]):
    """A row that a unit changed, with its bytes; both None where it was removed."""

    table: str
    key: str
    row: R | None
    data: bytes | None


class Out(NamedTuple):
    """An append-only write, and which of its bytes count in the running hash of outputs."""

    write: Write
    counted: bytes


class Changes(NamedTuple, Generic[R]):
    """All that a unit changed, encoded: from here on nothing can fail because of a record."""

    rows: list[RowChange[R]]
    outs: list[Out]


class Partition(Generic[T, R]):
    """Rows, positions and pending work of one partition."""

    def __init__(self, number: int, fold: Fold[T, R], rows: RowStore[R] | None = None) -> None:
        """`rows`: where they are kept; in memory, where nothing is given."""
        self.number = number
        self.fold = fold
        self.rows: RowStore[R] = MemoryRows(fold) if rows is None else rows
        self._begin()
        self._tables = {table.name: table for table in fold.tables}

    def _begin(self) -> None:
        self.offsets: dict[str, int] = {}
        self.seq = 0
        self.now = 0
        self.outs = bytes(DIGEST_BYTES)
        self.pending = Pending()
        self.ahead = False
        """Whether a transaction of it is on its way, or failed: then its rows are nobody's."""

    def forget(self) -> None:
        """Be as new: without rows and positions."""
        self.rows.clear()
        self._begin()

    def fold_unit(self, unit: Unit) -> None:
        """Fold a unit into the rows and the pending transaction.

        A record that fails becomes one dead letter: the unit is then folded again record by
        record. Raises ChainBrokenError where the unit does not go on from the last one.
        """
        self._check_chain(unit.slices)
        self._absorb(self._fold_fast(unit.slices) or self._fold_singly(unit.slices))
        for piece in unit.slices:
            self._note(piece)
        for topic, offset in unit.reached.items():
            self.offsets[topic] = max(offset, self.offsets.get(topic, 0))
        self.pending.caught_up = unit.caught_up

    def _check_chain(self, slices: list[Slice]) -> None:
        expected = dict(self.offsets)
        for piece in slices:
            if not piece.records:
                continue
            start = expected.get(piece.topic, 0)
            if piece.records[0].offset < start:
                found = piece.records[0].offset
                message = f"{piece.topic}-{self.number} goes on at {start}, got {found}"
                raise ChainBrokenError(message)
            expected[piece.topic] = piece.records[-1].offset + 1

    def _fold_fast(self, slices: list[Slice]) -> Changes[R] | None:
        """The unit as a whole, or None where a record of it fails."""
        overlay: Overlay[T, R] = Overlay(self.rows, self.fold.timers)
        tick, apply = self.fold.tick, self.fold.apply
        try:
            for piece in slices:
                if not piece.records:
                    tick(piece.now, overlay)
                for record in piece.records:
                    tick(piece.now, overlay)
                    apply(piece.now, piece.topic, record, overlay)
            return self._encode(overlay)
        except RowsFolderError:
            raise
        except Exception:  # noqa: BLE001 -- whatever a record provokes: it is set aside singly
            overlay.drop()
            return None

    def _fold_singly(self, slices: list[Slice]) -> Changes[R]:
        """Record by record. What a tick raises is a defect of the app, and goes through."""
        overlay: Overlay[T, R] = Overlay(self.rows, self.fold.timers)
        for piece in slices:
            self.fold.tick(piece.now, overlay)
            for record in piece.records:
                self.fold.tick(piece.now, overlay)
                self._fold_one(piece, record, overlay)
        return self._encode(overlay)

    def _fold_one(self, piece: Slice, record: Record, overlay: Overlay[T, R]) -> None:
        """What fails once may have been chance; what fails twice is a dead letter."""
        error = self._try(piece, record, overlay)
        if error is not None and (error := self._try(piece, record, overlay)) is not None:
            letter = self.fold.letter(piece.topic, self.number, record, error, piece.now)
            overlay.outs.append(letter)
            self.pending.letters.append(piece.topic)

    def _try(self, piece: Slice, record: Record, overlay: Overlay[T, R]) -> Exception | None:
        single = Overlay(self.rows, self.fold.timers, below=overlay)
        try:
            self.fold.apply(piece.now, piece.topic, record, single)
            self._encode(single)  # a row that does not encode is the fault of this record, too
        except RowsFolderError:
            raise  # the disk's fault, and the worker ends: no record is set aside for it
        except Exception as error:  # noqa: BLE001 -- the record's own: what it did is dropped
            single.drop()
            return error
        single.merge()
        return None

    def _encode(self, overlay: Overlay[T, R]) -> Changes[R]:
        rows = [
            self._encode_row(name, key, row)
            for name, changes in overlay.changed.items()
            for key, row in changes.items()
        ]
        return Changes(rows, [self._encode_out(out) for out in overlay.outs])

    def _encode_row(self, name: str, key: str, row: R | None) -> RowChange[R]:
        data = None if row is None else self.fold.encode_row(self._tables[name], row)
        if data is not None:
            _require_room(name, key, data)
        return RowChange(name, key, row, data)

    def _encode_out(self, out: Output | Write) -> Out:
        """A dead letter counts by its id: what is sealed in it may be erased one day."""
        if isinstance(out, Write):
            return Out(out, b"")
        value = self.fold.encode(out.schema, out.value)
        _require_room(out.topic, out.key, value)
        return Out(Write(out.topic, out.key.encode(), value), value)

    def _absorb(self, changes: Changes[R]) -> None:
        for table, key, row, data in changes.rows:
            if self.rows.set(table, key, data, row):
                self.pending.rows[table, key] = data
        for write, counted in changes.outs:
            self._count(write, counted)
            self.pending.outs.append(write)

    def _count(self, write: Write, counted: bytes) -> None:
        digest = blake2b(self.outs, digest_size=DIGEST_BYTES)
        for part in (write.topic.encode(), write.key or b"", counted):
            digest.update(len(part).to_bytes(4, "big"))
            digest.update(part)
        self.outs = digest.digest()

    def _note(self, piece: Slice) -> None:
        self.now = max(self.now, piece.now)
        if piece.records:
            self.offsets[piece.topic] = piece.records[-1].offset + 1
        self.pending.note(piece)

    def freeze(self) -> Frozen | None:
        """Everything pending as one transaction, or None where nothing is."""
        pending = self.pending
        if not pending.steps:
            return None
        self.pending = Pending()
        self.rows.freeze()
        self.seq += 1
        writes = [
            Write(self._tables[name].topic, key.encode(), data)
            for (name, key), data in pending.rows.items()
        ]
        writes += pending.outs
        writes.append(Write("state", POSITIONS_KEY.encode(), self._positions()))
        writes.append(Write("journal", None, self._journal(pending.steps)))
        return Frozen(
            writes, self.now, pending.caught_up, pending.records,
            pending.letters, pending.oldest, pending.newest,
        )  # fmt: skip

    def digest(self) -> bytes:
        """Digest of the rows, 16 bytes."""
        return self.rows.state.to_bytes(DIGEST_BYTES, "big")

    def _positions(self) -> bytes:
        offsets = [{"topic": topic, "next": self.offsets[topic]} for topic in sorted(self.offsets)]
        return self.fold.encode(
            POSITIONS_SCHEMA,
            {"seq": self.seq, "now": self.now, **self._marks(), "offsets": offsets},
        )

    def _journal(self, steps: list[Step]) -> bytes:
        listed = [step.fields() for step in steps]
        return self.fold.encode(JOURNAL_SCHEMA, {"seq": self.seq, "steps": listed, **self._marks()})

    def _marks(self) -> dict[str, Any]:
        return {"code": self.fold.code, "state": self.digest(), "outs": self.outs}


def _require_room(where: str, key: str, data: bytes) -> None:
    if len(data) > ROW_LIMIT_BYTES:
        message = f"{where} {key}: {len(data)} bytes, the limit is {ROW_LIMIT_BYTES}"
        raise RowTooLargeError(message)


AnyPartition = Partition[Any, Any]
"""Where tables and rows only pass through."""
