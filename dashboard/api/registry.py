"""The catalogue as a read-only schema registry: what Confluent clients ask, under /registry.

A topic's subject is <topic>-value, as those clients name it. Ids are those of schemas/lock.json.
Paths and shapes: https://docs.confluent.io/platform/current/schema-registry/develop/api.html
"""

from litestar import Response, Router, get
from litestar.params import FromPath

from dashboard.api import registry_changes
from dashboard.api.context import Given
from dashboard.api.params import ANY_QUERY
from dashboard.api.registry_errors import HANDLERS, MEDIA_TYPE, PATH, AbsentError, Reason
from dashboard.api.registry_shapes import (
    SUBJECT,
    VERSION,
    Level,
    Mode,
    Named,
    SchemaText,
    SubjectVersion,
    known_to,
    one,
    text_of,
)
from dashboard.subjects import Subjects
from schemas.catalogue import Locked


def _by_id(known: Subjects, number: int) -> Locked:
    found = known.by_id(number)
    if found is None:
        raise AbsentError(Reason.NO_SCHEMA, f"id {number}")
    return found


@get("/subjects", summary="Subjects", media_type=MEDIA_TYPE)
async def all_subjects(context: Given) -> list[str]:
    """One for each topic of the catalogue."""
    return known_to(context).names()


@get(f"{SUBJECT}/versions", summary="Versions of a subject", media_type=MEDIA_TYPE)
async def versions(context: Given, subject: FromPath[str]) -> list[int]:
    """Oldest first."""
    found = known_to(context).versions(subject)
    if not found:
        raise AbsentError(Reason.NO_SUBJECT, subject)
    return [entry.version for entry in found]


@get(VERSION, summary="One version", media_type=MEDIA_TYPE)
async def version(context: Given, subject: FromPath[str], number: FromPath[str]) -> SubjectVersion:
    """By number, or `latest`."""
    entry = one(known_to(context), subject, number)
    return SubjectVersion(subject, entry.version, entry.id, text_of(entry))


@get(f"{VERSION}/schema", summary="The text of one version", media_type=MEDIA_TYPE)
async def version_text(
    context: Given, subject: FromPath[str], number: FromPath[str]
) -> Response[bytes]:
    """The schema itself."""
    entry = one(known_to(context), subject, number)
    return Response(text_of(entry).encode(), media_type=MEDIA_TYPE)


@get("/schemas/ids/{number:int}", summary="A schema by its id", media_type=MEDIA_TYPE)
async def schema(context: Given, number: FromPath[int]) -> SchemaText:
    """The id stands in front of every record: 0x00 and four bytes."""
    return SchemaText(text_of(_by_id(known_to(context), number)))


@get("/schemas/ids/{number:int}/versions", summary="What has an id", media_type=MEDIA_TYPE)
async def versions_of_id(context: Given, number: FromPath[int]) -> list[Named]:
    """Subjects and versions."""
    _by_id(known_to(context), number)
    return [Named(*found) for found in known_to(context).of_id(number)]


@get("/schemas/ids/{number:int}/subjects", summary="Subjects of an id", media_type=MEDIA_TYPE)
async def subjects_of_id(context: Given, number: FromPath[int]) -> list[str]:
    """Their names."""
    _by_id(known_to(context), number)
    return [subject for subject, _ in known_to(context).of_id(number)]


@get("/schemas/types", summary="Schema types", media_type=MEDIA_TYPE)
async def types() -> list[str]:
    """Avro only."""
    return ["AVRO"]


@get("/contexts", summary="Contexts", media_type=MEDIA_TYPE)
async def contexts() -> list[str]:
    """The default one only: subjects have no prefix."""
    return ["."]


@get("/config", summary="Which changes are taken", media_type=MEDIA_TYPE)
async def config() -> Level:
    """The same for every subject: a new version must read what every earlier one wrote."""
    return Level()


@get("/config/{subject:str}", summary="Which changes are taken", media_type=MEDIA_TYPE)
async def config_of(context: Given, subject: FromPath[str]) -> Level:
    """The same for every subject."""
    one(known_to(context), subject, "latest")
    return Level()


@get("/mode", summary="What may be done here", media_type=MEDIA_TYPE)
async def mode() -> Mode:
    """Reading: schemas are changed in the hub's contract, and released with it."""
    return Mode()


@get("/mode/{subject:str}", summary="What may be done here", media_type=MEDIA_TYPE)
async def mode_of(context: Given, subject: FromPath[str]) -> Mode:
    """The same for every subject."""
    one(known_to(context), subject, "latest")
    return Mode()


ROUTER = Router(
    PATH,
    route_handlers=[
        *(all_subjects, versions, version, version_text),
        *(schema, versions_of_id, subjects_of_id, types),
        *(contexts, config, config_of, mode, mode_of),
        *registry_changes.HANDLERS,
    ],
    exception_handlers=HANDLERS,
    opt={ANY_QUERY: True},
    tags=["registry"],
)
