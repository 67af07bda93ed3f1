"""From an event as an adapter has it to an event as a topic may hold it."""

from collections.abc import Iterator, Mapping
from functools import cache

from schemas.catalogue import catalogue
from schemas.sealing import Sealer


@cache
def sealed_fields(schema: str) -> dict[str, str]:
    """Fields of an event that are sealed: field -> schema of what is inside."""
    return dict(_sealed(schema))


def _sealed(schema: str) -> Iterator[tuple[str, str]]:
    for field in catalogue().definition(schema)["fields"]:
        kinds = field["type"] if isinstance(field["type"], list) else [field["type"]]
        for kind in kinds:
            if isinstance(kind, dict) and "sealed" in kind:
                yield field["name"], kind["sealed"]


def seal_event(
    schema: str, event: Mapping[str, object], sealer: Sealer, owner: str
) -> dict[str, object]:
    """Replace every field that the schema marks as sealed; `event` itself is left alone.

    `owner`: the person's pseudonym, or a record key (`r.<event's row id>`) where nobody is known.
    """
    done = dict(event)
    event_id = str(event.get("event_id") or event["letter_id"])
    for name, inside in sealed_fields(schema).items():
        if (value := event.get(name)) is not None:
            done[name] = sealer.seal(inside, value, event_id=event_id, path=name, owner=owner)
    return done
