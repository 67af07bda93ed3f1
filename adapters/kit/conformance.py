"""The suite that every adapter passes: `TestCityCases = suite(ADAPTER)` in a test module is all.

It runs the adapter's own fixtures (`fixtures/rows.yaml` in its folder) through the real intake,
checkpoint, codec and key store; only Kafka is left out: the topic is the list of what would be
sent. Each fixture says what it is about, the row as the system states it, and what must come of
it: parts of an `event`, or a `letter` with rule and field. `hidden` lists further words that must
not be readable anywhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import yaml

from adapters.kit.adapter import Adapter, Row
from adapters.kit.bench import Bench
from adapters.kit.events import Outgoing
from adapters.kit.letters import SCHEMA as LETTER
from schemas.codec import Codec
from schemas.events import sealed_fields
from schemas.keystore import KeyStore
from schemas.sealing import Sealer

NAMING = ("name", "resident_id", "phone", "household_number")
"""Fields of what is sealed that must not be readable in any part outside."""


class NonconformingError(AssertionError):
    """The adapter does not do what every adapter must; the message says what."""


class Fixture(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row and what must come of it."""

    says: str
    row: dict[str, str | None]
    event: dict[str, Any] | None = None
    letter: dict[str, str] | None = None
    export: int = 1
    hidden: list[str] = []

    @property
    def as_row(self) -> Row:
        return Row(self.row, f"fixture {self.says}", self.export)


def suite(adapter: Adapter[Any], fixtures: str = "rows") -> type["Conformance"]:
    """The test class of an adapter, for pytest to collect; `fixtures` is a file of its own."""
    name = "".join(word.title() for word in adapter.name.split("_"))
    return type(f"Test{name}", (Conformance,), {"adapter": adapter, "fixtures": fixtures})


def home_of(adapter: Adapter[Any]) -> Path:
    """The folder of an adapter; several of one system share theirs."""
    package = adapter.settings.__module__.rpartition(".")[0]
    return Path(__file__).parents[2].joinpath(*package.split("."))


def fixtures_of(adapter: Adapter[Any], name: str = "rows") -> list[Fixture]:
    """The adapter's own fixtures."""
    file = home_of(adapter) / "fixtures" / f"{name}.yaml"
    stated = yaml.safe_load(file.read_text("utf-8"))
    return msgspec.convert(stated, list[Fixture])


class Conformance:
    """What every adapter must do; `suite` gives it an adapter."""

    adapter: ClassVar[Adapter[Any]]
    fixtures: ClassVar[str] = "rows"

    def test_each_fixture_becomes_what_it_says(self, tmp_path: Path) -> None:
        """An event with these fields, or a letter under this rule."""
        for number, fixture in enumerate(self._fixtures()):
            with self._bench(tmp_path / str(number)) as bench:
                work = bench.take([fixture.as_row])
                _require(len(work.messages) == 1, f"{fixture.says}: {len(work.messages)} messages")
                self._check(fixture, work.messages[0])

    def test_fixtures_show_events_and_letters(self) -> None:
        """At least one of each, and each is one of both."""
        fixtures = self._fixtures()
        for fixture in fixtures:
            one = (fixture.event is None) != (fixture.letter is None)
            _require(one, f"{fixture.says}: state either an event or a letter")
        _require(any(f.event for f in fixtures), "no fixture becomes an event")
        _require(any(f.letter for f in fixtures), "no fixture becomes a letter")

    def test_the_same_rows_make_the_same_bytes(self, tmp_path: Path) -> None:
        """Two adapters with one key store: sending twice is the same event."""
        made = []
        for name in ("one", "other"):
            with self._bench(tmp_path / "home") as bench:
                made.append(bench.take(self._rows()).messages)
            (tmp_path / "home" / "adapters").rename(tmp_path / name)
        _require(made[0] == made[1], "the same rows gave other messages")

    def test_a_second_reading_sends_nothing(self, tmp_path: Path) -> None:
        """Repeated rows are harmless, in a batch and after it."""
        with self._bench(tmp_path) as bench:
            first = bench.carry([*self._rows(), *self._rows()])
            _require(bool(first.messages), "nothing was sent at all")
            _require(_ids_once(bench.topic), "a message was sent twice")
            _require(not bench.carry(self._rows()).messages, "a known row was sent again")

    def test_killed_between_send_and_checkpoint_loses_nothing(self, tmp_path: Path) -> None:
        """Whatever part of a batch got out, the next start sends the rest, and only the rest."""
        whole = self._whole(tmp_path / "keys", tmp_path / "whole")
        for cut in range(len(whole) + 1):
            home = tmp_path / f"cut-{cut}"
            with self._bench(home, keys=tmp_path / "keys") as bench:
                topic = bench.take(self._rows()).messages[:cut]
            with self._bench(home, topic, keys=tmp_path / "keys") as bench:
                bench.carry(self._rows())
                _require(_by_id(bench.topic) == _by_id(whole), f"killed after {cut}: other events")
                _require(_ids_once(bench.topic), f"killed after {cut}: an event was sent twice")

    def test_lost_state_is_rebuilt_from_the_own_topic(self, tmp_path: Path) -> None:
        """With its folder gone, an adapter that reads everything again sends nothing."""
        topic = self._whole(tmp_path / "keys", tmp_path / "before")
        with self._bench(tmp_path / "after", topic, keys=tmp_path / "keys") as bench:
            _require(not bench.carry(self._rows()).messages, "a lost state was sent again")

    def test_nothing_personal_stands_outside_what_is_sealed(self, tmp_path: Path) -> None:
        """Not in the value, the key, the headers, nor in a letter."""
        with self._bench(tmp_path) as bench:
            messages = bench.take(self._rows()).messages
            for word in self._hidden(bench.parts.keys, messages):
                for message in messages:
                    _require(word.encode() not in _all_bytes(message), f"{word!r} can be read")

    def test_keys_are_filing_codes(self, tmp_path: Path) -> None:
        """The key is the 12-digit code that the event states, in ASCII."""
        with self._bench(tmp_path) as bench:
            for message in bench.take(self._rows()).outgoing:
                event = Codec().decode(message.value, expected=self.adapter.schema)[1]
                _require(message.key == event["community"].encode("ascii"), "key is not the code")
                known = event["community"] in bench.parts.places.gazetteer.units
                _require(known, f"{event['community']} is no code of this city")

    def test_letters_say_what_to_do_and_keep_the_original(self, tmp_path: Path) -> None:
        """Rule, place, advice; and the whole row under the seal."""
        bad = [fixture for fixture in self._fixtures() if fixture.letter]
        with self._bench(tmp_path) as bench:
            for fixture in bad:
                (message,) = bench.take([fixture.as_row]).messages
                letter = Codec().decode(message.value, expected=LETTER)[1]
                _require(bool(letter["rule"] and letter["place"] and letter["advice"]), "no reason")
                original = _unsealed(bench.parts.keys, LETTER, letter, "original")
                _require(original == fixture.as_row.original, f"{fixture.says}: not kept whole")

    def _fixtures(self) -> list[Fixture]:
        return fixtures_of(self.adapter, self.fixtures)

    def _rows(self) -> list[Row]:
        return [fixture.as_row for fixture in self._fixtures()]

    def _whole(self, keys: Path, home: Path) -> list[Outgoing]:
        with self._bench(home, keys=keys) as bench:
            bench.carry(self._rows())
            return bench.topic

    @contextmanager
    def _bench(
        self, home: Path, topic: Sequence[Outgoing] = (), keys: Path | None = None
    ) -> Iterator[Bench]:
        """A bench on a folder; with `keys`, on a key store that several benches share."""
        home.mkdir(parents=True, exist_ok=True)
        if keys is not None and not (home / "keys").exists():
            keys.mkdir(exist_ok=True)
            (home / "keys").symlink_to(keys)
        bench = Bench(self.adapter, home, list(topic))
        try:
            yield bench
        finally:
            bench.parts.close()

    def _check(self, fixture: Fixture, message: Outgoing) -> None:
        name, found = Codec().decode(message.value)
        wanted: Mapping[str, Any] = fixture.event or fixture.letter or {}
        schema = self.adapter.schema if fixture.event else LETTER
        _require(name == schema, f"{fixture.says}: became {name} {found.get('rule', '')}")
        for path, expected, value in _differences(wanted, found, ""):
            _require(holds=False, what=f"{fixture.says}: {path} is {value!r}, not {expected!r}")

    def _hidden(self, keys: KeyStore, messages: Sequence[Outgoing]) -> set[str]:
        words = {word for fixture in self._fixtures() for word in fixture.hidden}
        for message in messages:
            name, event = Codec().decode(message.value)
            if name == self.adapter.schema and event["personal"] is not None:
                personal = _unsealed(keys, name, event, "personal")
                said = personal if isinstance(personal, dict) else {}
                words |= {str(said[field]) for field in NAMING if said.get(field)}
                words |= {str(said.get("text"))} - {event.get("summary"), "None"}
        return words


def _require(holds: object, what: str) -> None:
    if not holds:
        raise NonconformingError(what)


def _by_id(messages: Sequence[Outgoing]) -> dict[bytes, Outgoing]:
    return {dict(message.headers)["ce_id"]: message for message in messages}


def _ids_once(messages: Sequence[Outgoing]) -> bool:
    return len(_by_id(messages)) == len(messages)


def _all_bytes(message: Outgoing) -> bytes:
    return b"\n".join([message.key, message.value, *(value for _, value in message.headers)])


def _unsealed(keys: KeyStore, schema: str, event: Mapping[str, Any], field: str) -> object:
    name = event.get("event_id") or event["letter_id"]
    inside = sealed_fields(schema)[field]
    return Sealer(keys).unseal(inside, event[field], event_id=name, path=field)


def _differences(
    wanted: Mapping[str, Any], found: Mapping[str, Any], above: str
) -> Iterator[tuple[str, Any, Any]]:
    """(path, expected, found) where a stated part is another one; what is not stated is free."""
    for name, expected in wanted.items():
        value = found.get(name)
        if isinstance(expected, Mapping) and isinstance(value, Mapping):
            yield from _differences(expected, value, f"{above}{name}.")
        elif expected != value:
            yield f"{above}{name}", expected, value
