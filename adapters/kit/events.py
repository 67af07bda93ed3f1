"""From a draft to the bytes on the topic: id, version, move, seal, CloudEvents headers."""

from dataclasses import dataclass
from functools import cache

from adapters.kit.adapter import Draft
from adapters.kit.times import iso
from adapters.kit.versions import Send, Version
from schemas.catalogue import catalogue
from schemas.codec import Codec
from schemas.errors import KeyDestroyedError
from schemas.events import seal_event, sealed_fields
from schemas.identity import event_id, moved_event_id, row_id
from schemas.sealing import Sealer, owner_of

Headers = list[tuple[str, bytes]]
Record = dict[str, object]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message, ready to be sent. Nothing in the key or the headers is personal."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers


class Events:
    """Makes the events of one source; the same input always gives the same bytes."""

    def __init__(self, *, schema: str, source: str, topic: str, sealer: Sealer) -> None:
        """Events of `schema` from `source` to the physical `topic`."""
        self._schema, self._source, self._topic = schema, source, topic
        self._sealer, self._codec = sealer, Codec()
        self.backfill = False

    def owner(self, record_id: str, draft: Draft) -> str:
        """Whose key seals the draft: the person's, or the record's own where nobody is known."""
        return draft.person or f"r.{row_id(self._source, record_id)}"

    def from_draft(self, record_id: str, draft: Draft, send: Send, gazetteer: str) -> Outgoing:
        """The event of a row just read. A `left` says only that the record went."""
        event = self._common(record_id, send)
        event |= {"occurred_at": draft.occurred_at, "backfill": self.backfill, **draft.fields}
        event |= {"place": _place(draft, gazetteer), "person": draft.person}
        event["personal"] = draft.personal
        owner = self.owner(record_id, draft)
        return self._out(
            _emptied(self._schema, event) if send.direction == "left" else event, send, owner
        )

    def again(self, stored: bytes, send: Send) -> Outgoing:
        """The event of a version sent before, for another code or under a later order."""
        event = self._codec.decode(stored, expected=self._schema)[1]
        before = str(event["event_id"])
        event |= self._common(str(event["record_id"]), send)
        if send.direction == "left" or event["personal"] is None:
            return self._out(_emptied(self._schema, event), send, "")
        sealed = event["personal"]
        event["personal"] = self._unsealed(sealed, before)
        return self._out(event, send, owner_of(sealed))

    def sent(self, value: bytes, code: str) -> tuple[Record, Send]:
        """What an event on the topic says was sent; raises schemas.errors.ContractError."""
        event = self._codec.decode(value, expected=self._schema)[1]
        version = Version(event["version"]["order"], event["version"]["hash"])
        moved = event["moved"] or {"direction": None, "counterpart": None}
        return event, Send(version, code, moved["direction"], moved["counterpart"])

    def _common(self, record_id: str, send: Send) -> Record:
        name = event_id(self._source, record_id, send.version.order, send.version.hash)
        moved = None
        if send.direction is not None:
            name = moved_event_id(name, send.code, send.direction)
            moved = {"direction": send.direction, "counterpart": send.counterpart}
        return {
            "event_id": name,
            "source": self._source,
            "record_id": record_id,
            "version": {"order": send.version.order, "hash": send.version.hash},
            "community": send.code,
            "moved": moved,
        }

    def _out(self, event: Record, send: Send, owner: str) -> Outgoing:
        value = self._codec.encode(self._schema, self._sealed(event, owner))
        at = event["occurred_at"]
        headers = cloud_event(
            str(event["event_id"]), self._source, self._schema, at if isinstance(at, int) else 0
        )
        return Outgoing(self._topic, send.code.encode("ascii"), value, headers)

    def _sealed(self, event: Record, owner: str) -> Record:
        """The event as the topic may hold it; of a person who was erased, nothing personal."""
        try:
            return seal_event(self._schema, event, self._sealer, owner)
        except KeyDestroyedError:
            return {**event, "personal": None}

    def _unsealed(self, sealed: bytes, name: str) -> object:
        inside = sealed_fields(self._schema)["personal"]
        try:
            return self._sealer.unseal(inside, sealed, event_id=name, path="personal")
        except KeyDestroyedError:
            return None


def cloud_event(name: str, source: str, schema: str, at: int) -> Headers:
    """CloudEvents 1.0, Kafka binding, binary mode; `at` is ms UTC."""
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", name.encode()),
        ("ce_source", source.encode()),
        ("ce_type", schema.encode()),
        ("ce_time", iso(at).encode()),
    ]


def _place(draft: Draft, gazetteer: str) -> Record:
    lon, lat = draft.point or (None, None)
    location = draft.location
    return {
        "unit": location.unit,
        "text": location.shown,
        "lon": lon,
        "lat": lat,
        "candidates": list(location.candidates),
        "gazetteer": gazetteer,
    }


def _emptied(schema: str, event: Record) -> Record:
    """What the old code is told of a record that left: not where it is now, nor what it says.

    Whatever may be null is, but for what `_KEPT` names; of the rest kind, state and time stay.
    """
    place = event["place"]
    gazetteer = place["gazetteer"] if isinstance(place, dict) else ""
    nowhere: Record = {"unit": None, "text": "", "lon": None, "lat": None, "candidates": []}
    blank: Record = dict.fromkeys(_nullable(schema) - _KEPT)
    texts = {"summary": ""} if "summary" in event else {}
    return {**event, **blank, **texts, "place": {**nowhere, "gazetteer": gazetteer}}


_KEPT = frozenset({"moved", "closed_at"})
"""The move itself, and with the state the time since when it is so: counts follow from them."""


@cache
def _nullable(schema: str) -> frozenset[str]:
    """Fields of an event that may say nothing."""
    fields = catalogue().definition(schema)["fields"]
    return frozenset(
        field["name"]
        for field in fields
        if isinstance(field["type"], list) and "null" in field["type"]
    )
