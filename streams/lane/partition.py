"""One partition as a state machine: fold units, merge them, freeze them into transactions.

Nothing here awaits and nothing here knows Kafka: the same code runs on the in-memory twin,
in a replay, and in the checker.
"""

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from streams.lane.errors import ChainBrokenError, RowTooLargeError
from streams.lane.fold import Fold
from streams.lane.overlay import Overlay
from streams.lane.port import Record, Slice, Unit, Write
from streams.lane.rows import DIGEST_BYTES, RowStore

POSITIONS_KEY = "-/positions"
POSITIONS_SCHEMA = "shequ.lane.Positions"
JOURNAL_SCHEMA = "shequ.lane.Journal"
ROW_LIMIT_BYTES = 900_000
"""A row must fit a message (1 MB) with its key and headers."""


@dataclass(slots=True)
class Step:
    """Neighbouring records of one topic folded at one time; without a topic, a tick."""

    now: int
    topic: str
    first: int
    next: int
    count: int


@dataclass(slots=True)
class Pending:
    """Units folded and not yet in a transaction."""

    rows: dict[tuple[str, str], bytes | None] = field(default_factory=dict)
    outs: list[Write] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    records: int = 0
    caught_up: bool = True


@dataclass(slots=True, frozen=True)
class Frozen:
    """A transaction ready to be written, and what it says of itself. Topics are logical."""

    writes: list[Write]
    now: int
    caught_up: bool
    records: int


class Partition:
    """Rows, positions and pending work of one partition."""

    def __init__(self, number: int, fold: Fold) -> None:
        self.number = number
        self.fold = fold
        self.rows = RowStore(fold)
        self.offsets: dict[str, int] = {}
        self.seq = 0
        self.now = 0
        self.outs = bytes(DIGEST_BYTES)
        self.pending = Pending()
        self._tables = {table.name: table for table in fold.tables}

    def fold_unit(self, unit: Unit) -> None:
        """Fold a unit into the rows and the pending transaction.

        A record that fails becomes one dead letter: the unit is then folded again record by
        record. Raises ChainBrokenError where the unit does not go on from the last one.
        """
        self._check_chain(unit.slices)
        overlay = self._fold_fast(unit.slices) or self._fold_singly(unit.slices)
        self._absorb(overlay)
        for piece in unit.slices:
            self._note(piece)
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

    def _fold_fast(self, slices: list[Slice]) -> Overlay | None:
        overlay = Overlay(self.rows, self.fold.timers)
        tick, apply = self.fold.tick, self.fold.apply
        try:
            for piece in slices:
                if not piece.records:
                    tick(piece.now, overlay)
                for record in piece.records:
                    tick(piece.now, overlay)
                    apply(piece.now, piece.topic, record.value or b"", overlay)
        except Exception:  # whatever a record provokes: it is found out and set aside singly
            overlay.drop()
            return None
        return overlay

    def _fold_singly(self, slices: list[Slice]) -> Overlay:
        overlay = Overlay(self.rows, self.fold.timers)
        for piece in slices:
            self.fold.tick(piece.now, overlay)
            for record in piece.records:
                self.fold.tick(piece.now, overlay)
                self._fold_one(piece, record, overlay)
        return overlay

    def _fold_one(self, piece: Slice, record: Record, overlay: Overlay) -> None:
        single = Overlay(self.rows, self.fold.timers, below=overlay)
        try:
            self.fold.apply(piece.now, piece.topic, record.value or b"", single)
        except Exception as error:  # the record's own: everything it did is dropped
            single.drop()
            letter = self.fold.letter(piece.topic, self.number, record, error, piece.now)
            overlay.outs.append((letter.topic, "", "", letter))
            return
        single.merge()

    def _absorb(self, overlay: Overlay) -> None:
        for name, changes in overlay.changes().items():
            table = self._tables[name]
            for key, row in changes.items():
                data = None if row is None else self.fold.encode_row(table, row)
                if data is not None and len(data) > ROW_LIMIT_BYTES:
                    message = f"{name} {key}: {len(data)} bytes, the limit is {ROW_LIMIT_BYTES}"
                    raise RowTooLargeError(message)
                if self.rows.set(name, key, data, row):
                    self.pending.rows[name, key] = data
        for topic, schema, key, value in overlay.outs:
            self._append(
                value
                if isinstance(value, Write)
                else Write(topic, key.encode(), self.fold.encode(schema, value))
            )

    def _append(self, write: Write) -> None:
        digest = blake2b(self.outs, digest_size=DIGEST_BYTES)
        for part in (write.topic.encode(), write.key or b"", write.value or b""):
            digest.update(len(part).to_bytes(4, "big"))
            digest.update(part)
        self.outs = digest.digest()
        self.pending.outs.append(write)

    def _note(self, piece: Slice) -> None:
        """Positions, time and the journal's step; steps of one topic and time are joined."""
        self.now = max(self.now, piece.now)
        if not piece.records:
            self.pending.steps.append(Step(piece.now, "", 0, 0, 0))
            return
        following = piece.records[-1].offset + 1
        self.offsets[piece.topic] = following
        self.pending.records += len(piece.records)
        last = self.pending.steps[-1] if self.pending.steps else None
        if last is not None and last.topic == piece.topic and last.now == piece.now:
            last.next = following
            last.count += len(piece.records)
        else:
            self.pending.steps.append(
                Step(piece.now, piece.topic, piece.records[0].offset, following, len(piece.records))
            )

    def freeze(self) -> Frozen | None:
        """Everything pending as one transaction, or None where nothing is."""
        pending = self.pending
        if not pending.steps:
            return None
        self.pending = Pending()
        self.seq += 1
        writes = [
            Write(self._tables[name].topic, key.encode(), data)
            for (name, key), data in pending.rows.items()
        ]
        writes += pending.outs
        writes.append(Write("state", POSITIONS_KEY.encode(), self._positions()))
        writes.append(Write("journal", None, self._journal(pending.steps)))
        return Frozen(writes, self.now, pending.caught_up, pending.records)

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
        listed = [
            {"now": s.now, "topic": s.topic, "first": s.first, "next": s.next, "count": s.count}
            for s in steps
        ]
        return self.fold.encode(JOURNAL_SCHEMA, {"seq": self.seq, "steps": listed, **self._marks()})

    def _marks(self) -> dict[str, Any]:
        return {"code": self.fold.code, "state": self.digest(), "outs": self.outs}
