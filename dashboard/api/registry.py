"""The catalogue as a read-only schema registry: what Confluent clients ask, under /registry.

A topic's subject is <topic>-value, as those clients name it. Ids are those of schemas/lock.json.
Paths and shapes: https://docs.confluent.io/platform/current/schema-registry/develop/api.html
"""

from functools import cache
from typing import Annotated

import msgspec
from litestar import Response, Router, get
from litestar.params import FromPath
from msgspec import Meta, Struct

from schemas.catalogue import Locked, catalogue

MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"
NO_SUBJECT, NO_VERSION, NO_SCHEMA = 40401, 40402, 40403
SUBJECT = "/subjects/{subject:str}"


class SchemaText(Struct):
    """One schema."""

    schema: Annotated[str, Meta(description="Avro schema as JSON text")]


class SubjectVersion(Struct):
    """One version of a subject."""

    subject: str
    version: int
    id: int
    schema: Annotated[str, Meta(description="Avro schema as JSON text")]


class RegistryError(Struct):
    """An error as Confluent clients expect it."""

    error_code: int
    message: str


def _error(code: int, message: str) -> Response[RegistryError]:
    return Response(RegistryError(code, message), status_code=code // 100, media_type=MEDIA_TYPE)


def _text(entry: Locked) -> str:
    return msgspec.json.encode(entry.schema).decode()


@cache
def subjects() -> dict[str, list[Locked]]:
    """Versions by subject, oldest first."""
    known = catalogue()
    return {
        f"{topic.name}-value": sorted(
            (entry for entry in known.locked if entry.subject == topic.schema),
            key=lambda entry: entry.version,
        )
        for topic in known.topics.values()
    }


@get("/subjects", summary="Subjects", media_type=MEDIA_TYPE)
async def all_subjects() -> list[str]:
    """One for each topic of the catalogue."""
    return sorted(subjects())


@get(f"{SUBJECT}/versions", summary="Versions of a subject", media_type=MEDIA_TYPE)
async def versions(subject: FromPath[str]) -> list[int] | Response[RegistryError]:
    """Oldest first."""
    if found := subjects().get(subject):
        return [entry.version for entry in found]
    return _error(NO_SUBJECT, f"Subject {subject} not found: GET /registry/subjects")


@get(f"{SUBJECT}/versions/{{number:str}}", summary="One version", media_type=MEDIA_TYPE)
async def version(
    subject: FromPath[str], number: FromPath[str]
) -> SubjectVersion | Response[RegistryError]:
    """By number, or `latest`."""
    found = subjects().get(subject)
    if not found:
        return _error(NO_SUBJECT, f"Subject {subject} not found: GET /registry/subjects")
    for entry in reversed(found):
        if number in {"latest", "-1", str(entry.version)}:
            return SubjectVersion(subject, entry.version, entry.id, _text(entry))
    return _error(NO_VERSION, f"Subject {subject} has no version {number}")


@get("/schemas/ids/{number:int}", summary="A schema by its id", media_type=MEDIA_TYPE)
async def schema(number: FromPath[int]) -> SchemaText | Response[RegistryError]:
    """The id stands in front of every record: 0x00 and four bytes."""
    for entry in catalogue().locked:
        if entry.id == number:
            return SchemaText(_text(entry))
    return _error(NO_SCHEMA, f"Schema {number} not found")


@get("/schemas/types", summary="Schema types", media_type=MEDIA_TYPE)
async def types() -> list[str]:
    """Avro only."""
    return ["AVRO"]


ROUTER = Router(
    "/registry", route_handlers=[all_subjects, versions, version, schema, types], tags=["registry"]
)
