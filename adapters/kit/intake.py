"""From rows to what must be sent: skip what is known, map, decide, seal. No waiting in here."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from adapters.kit.adapter import Adapter, Batch, Draft, Gone, Identity, Row
from adapters.kit.checkpoint import Checkpoint, Record
from adapters.kit.desk import Desk
from adapters.kit.errors import DeadLetterError, Finding
from adapters.kit.events import Events, Outgoing
from adapters.kit.letters import Letters
from adapters.kit.settings import AdapterSettings
from adapters.kit.versions import Rule, State, Version, missing_lefts, observe, told_as
from schemas.errors import UnencodableError
from schemas.identity import content_hash

OWNERS_REMEMBERED = 200_000

LARGEST_EVENT = 900_000
"""Bytes: the topics take a little more than a million, headers and batch included."""


@dataclass(slots=True)
class Work:
    """What follows from a batch: messages in order, and what to remember once they are out.

    `set_aside` names every row that is a dead letter, also where that letter was sent before.
    """

    outgoing: list[Outgoing] = field(default_factory=list)
    records: dict[str, Record] = field(default_factory=dict)
    letters: dict[str, Outgoing] = field(default_factory=dict)
    set_aside: list[tuple[Row, Finding]] = field(default_factory=list)
    used: int = 0
    skipped: int = 0
    gone: int = 0

    @property
    def bad(self) -> int:
        """Letters about input that cannot be used; a record that is gone was good."""
        return len(self.letters) - self.gone

    @property
    def messages(self) -> list[Outgoing]:
        """All that must be sent."""
        return [*self.outgoing, *self.letters.values()]


@dataclass(slots=True)
class _Stated:
    """A row on its way: which version of which record it states, and its draft if it is news."""

    row: Row
    identity: Identity
    version: Version
    draft: Draft | None = None


class Intake:
    """Reads the rows of one source against its checkpoint, without writing to either."""

    def __init__(
        self,
        adapter: Adapter[AdapterSettings],
        *,
        desk: Desk,
        events: Events,
        letters: Letters,
        checkpoint: Checkpoint,
    ) -> None:
        """Everything that a row passes through."""
        self._adapter, self._desk = adapter, desk
        self._events, self._letters, self._checkpoint = events, letters, checkpoint
        self._owners: set[str] = set()

    def take(self, batch: Batch, now: int) -> Work:
        """What must be sent of a batch; `now` is ms UTC and dates dead letters only."""
        work = Work()
        for rejected in batch.rejected:
            name, letter = self._letters.of_input(rejected, now)
            work.letters[name] = letter
        stated = [one for row in batch.rows if (one := self._identified(row, work, now))]
        known = self._checkpoint.records(one.identity.record_id for one in stated)
        usable = self._with_drafts(stated, known, work, now)
        self._make_keys(usable)
        for one in usable:
            self._decide(one, known, work, now)
        for name in self._checkpoint.known_letters(work.letters):
            del work.letters[name]
        self._tell_gone(batch.gone, work, now)
        return work

    def _tell_gone(self, gone: Iterable[Gone], work: Work, now: int) -> None:
        """A letter for each record that its system holds no more, once."""
        names = {self._letters.name_of_gone(one): one for one in gone}
        known = self._checkpoint.known_letters(names)
        news = {name: one for name, one in names.items() if name not in known}
        if news:
            self._letters.make_keys(one.record_id for one in news.values())
        work.letters |= {name: self._letters.of_gone(one, now) for name, one in news.items()}
        work.gone += len(news)

    def _identified(self, row: Row, work: Work, now: int) -> _Stated | None:
        try:
            identity = self._adapter.identify(row)
        except DeadLetterError as error:
            self._set_aside(row, error.finding, "", work, now)
            return None
        digest = content_hash(self._desk.keys, self._adapter.content(row.raw))
        return _Stated(row, identity, Version(identity.order, digest))

    def _with_drafts(
        self, stated: list[_Stated], known: dict[str, Record], work: Work, now: int
    ) -> list[_Stated]:
        """Those that can be used, with a draft for what is not known yet.

        A row that stands twice in the batch is drafted once.
        """
        drafted: defaultdict[str, list[Version]] = defaultdict(list)
        usable = []
        for one in stated:
            before = drafted[one.identity.record_id]
            state = known.get(one.identity.record_id, Record()).state
            news = self._is_news(one.version, state, before)
            if news:
                before.append(one.version)
                one.draft = self._drafted(one, work, now)
            if one.draft or not news:
                usable.append(one)
        return usable

    def _is_news(self, version: Version, state: State, before: Sequence[Version]) -> bool:
        """Whether a row may change what was told; `before` was drafted of its record just now.

        Where a row is a record's current state, one that returns to what was known is news, too.
        """
        rule = self._adapter.rule
        if rule is Rule.CURRENT_STATE and before:
            return version != before[-1]
        settled = state.knows(told_as(state, version, rule)) and not missing_lefts(state)
        return not settled and version not in before

    def _drafted(self, one: _Stated, work: Work, now: int) -> Draft | None:
        try:
            return self._adapter.map_row(one.row, self._desk)
        except DeadLetterError as error:
            finding = error.finding
        except Exception as error:  # noqa: BLE001 - one row must not stop a source, whatever is in it
            finding = _unforeseen(error)
        self._set_aside(one.row, finding, one.identity.record_id, work, now)
        return None

    def _make_keys(self, stated: Iterable[_Stated]) -> None:
        """Keys for whoever is new, in one transaction of the key store."""
        owners = {
            self._events.owner(one.identity.record_id, one.draft) for one in stated if one.draft
        }
        fresh = sorted(owners - self._owners)
        if len(self._owners) > OWNERS_REMEMBERED:
            self._owners.clear()
        if fresh:
            self._desk.keys.create_many(fresh)
            self._owners.update(fresh)

    def _decide(self, one: _Stated, known: dict[str, Record], work: Work, now: int) -> None:
        if one.draft is None:
            work.skipped += 1
            return
        record_id = one.identity.record_id
        before = known.get(record_id, Record())
        try:
            after, outgoing = self._sends(one, one.draft, before)
        except UnencodableError as error:
            self._set_aside(one.row, _unforeseen(error), record_id, work, now)
            return
        largest = max((len(message.value) for message in outgoing), default=0)
        if largest > LARGEST_EVENT:
            self._set_aside(one.row, _too_large(largest), record_id, work, now)
            return
        known[record_id] = work.records[record_id] = after
        work.outgoing += outgoing
        work.used += 1

    def _sends(self, one: _Stated, draft: Draft, before: Record) -> tuple[Record, list[Outgoing]]:
        code = draft.location.code
        version = told_as(before.state, one.version, self._adapter.rule)
        state, sends = observe(before.state, version, code, self._adapter.rule)
        event, outgoing = before.event, list[Outgoing]()
        for send in sends:
            if send.version == version or event is None:
                gazetteer = self._desk.places.gazetteer.version
                message = self._events.from_draft(one.identity.record_id, draft, send, gazetteer)
            else:
                message = self._events.again(event, send)
            outgoing.append(message)
            winner = state.winner
            if winner and send.version == winner.version and send.direction != "left":
                event = message.value
        return Record(state, event), outgoing

    def _set_aside(self, row: Row, finding: Finding, record_id: str, work: Work, now: int) -> None:
        name, letter = self._letters.of_row(row, finding, record_id, now)
        work.letters[name] = letter
        work.set_aside.append((row, finding.at(row.place)))


def _unforeseen(error: Exception) -> Finding:
    advice = (
        f"The mapping cannot read this row ({type(error).__name__}). "
        "Correct it at the source; or tell the hub's maintainers, then export the row again."
    )
    return Finding(rule="row.unreadable", advice=advice)


def _too_large(size: int) -> Finding:
    advice = (
        f"The event would have {size} bytes, {LARGEST_EVENT} at most are taken. "
        "Shorten its free text at the source and send the row again."
    )
    return Finding(rule="row.too_large", advice=advice)
