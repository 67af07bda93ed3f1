"""What Confluent clients ask of a registry in order to write: it is looked up, never changed.

Registering a schema that exists succeeds and gives its id, so a producer with its default
settings works. A new one is refused with the reason: schemas are changed in the hub's contract.
"""

from typing import NoReturn

from litestar import delete, post, put
from litestar.params import FromPath, JSONBody

from dashboard.api.context import Given
from dashboard.api.registry_errors import MEDIA_TYPE, AbsentError, Reason, RefusedError
from dashboard.api.registry_shapes import (
    LEVEL,
    SUBJECT,
    Compatible,
    SchemaGiven,
    SubjectVersion,
    known_to,
    one,
    text_of,
)
from dashboard.subjects import Subjects
from schemas.catalogue import Definition, Locked
from schemas.compatibility import incompatibilities
from schemas.sameness import NoSchemaError, parsed

READ_ONLY = (
    "The registry is read-only: schemas are changed in the hub's contract (schemas/ there) and "
    "released with it. Ask the hub's maintainers."
)
COMPATIBILITY = "/compatibility" + SUBJECT + "/versions"


def _definition(given: SchemaGiven) -> Definition:
    if given.schema_type != "AVRO" or given.references:
        raise RefusedError(Reason.INVALID, "Only Avro is taken, in one text without references")
    try:
        return parsed(given.schema)
    except NoSchemaError as error:
        raise RefusedError(Reason.INVALID, str(error)) from None


def _found(subject: str, entry: Locked) -> SubjectVersion:
    return SubjectVersion(subject, entry.version, entry.id, text_of(entry))


def _refuse_new(known: Subjects, subject: str, text: Definition) -> NoReturn:
    """Say first what would be wrong with it; then that nothing new is taken at all."""
    if not known.versions(subject):
        advice = f"There is no subject {subject}, and none can be made. {READ_ONLY}"
        raise RefusedError(Reason.READ_ONLY, advice)
    if faults := known.faults(subject, text):
        what = f"The schema could not follow those of {subject} ({LEVEL}): "
        raise RefusedError(Reason.INCOMPATIBLE, f"{what}{'; '.join(faults)}. {READ_ONLY}")
    advice = f"The schema is new: {subject} has none like it. {READ_ONLY}"
    raise RefusedError(Reason.READ_ONLY, advice)


@post(SUBJECT, summary="Look a schema up", media_type=MEDIA_TYPE, status_code=200)
async def look_up(
    context: Given, subject: FromPath[str], data: JSONBody[SchemaGiven]
) -> SubjectVersion:
    """Which version of the subject a text is; layout, documentation and aliases apart."""
    known = known_to(context)
    if not known.versions(subject):
        raise AbsentError(Reason.NO_SUBJECT, subject)
    entry = known.the_same(subject, _definition(data))
    if entry is None:
        raise AbsentError(Reason.NO_SCHEMA, f"{subject} has no version with this text")
    return _found(subject, entry)


@post(f"{SUBJECT}/versions", summary="Register what exists", media_type=MEDIA_TYPE, status_code=200)
async def register(
    context: Given, subject: FromPath[str], data: JSONBody[SchemaGiven]
) -> SubjectVersion:
    """Its id, where the subject has it. Anything new is refused with the reason (409, 422)."""
    known, text = known_to(context), _definition(data)
    entry = known.the_same(subject, text)
    if entry is None:
        _refuse_new(known, subject, text)
    return _found(subject, entry)


@post(COMPATIBILITY, summary="Could a schema follow all?", media_type=MEDIA_TYPE, status_code=200)
async def compatible_with_all(
    context: Given, subject: FromPath[str], data: JSONBody[SchemaGiven]
) -> Compatible:
    """Whether it reads what every version wrote, logical types included; `messages` say why not."""
    known = known_to(context)
    if not known.versions(subject):
        raise AbsentError(Reason.NO_SUBJECT, subject)
    faults = known.faults(subject, _definition(data))
    return Compatible(not faults, faults)


@post(
    f"{COMPATIBILITY}/{{number:str}}",
    summary="Could a schema follow this one?",
    media_type=MEDIA_TYPE,
    status_code=200,
)
async def compatible(
    context: Given, subject: FromPath[str], number: FromPath[str], data: JSONBody[SchemaGiven]
) -> Compatible:
    """Whether it reads what this version wrote; `messages` say why not."""
    entry = one(known_to(context), subject, number)
    faults = incompatibilities(_definition(data), entry.schema)
    return Compatible(not faults, faults)


@put(
    ["/config", "/config/{subject:str}", "/mode", "/mode/{subject:str}"],
    include_in_schema=False,
    status_code=200,
)
async def change() -> None:
    """Nothing can be set here."""
    raise RefusedError(Reason.READ_ONLY, READ_ONLY)


@delete(
    [
        *(SUBJECT, f"{SUBJECT}/versions/{{number:str}}"),
        *("/config", "/config/{subject:str}", "/mode/{subject:str}"),
    ],
    include_in_schema=False,
    status_code=200,
)
async def remove() -> None:
    """Nothing can be deleted here."""
    raise RefusedError(Reason.READ_ONLY, READ_ONLY)


HANDLERS = [look_up, register, compatible_with_all, compatible, change, remove]
