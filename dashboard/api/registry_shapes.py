"""Paths and shapes of the schema registry, as Confluent clients know them."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from dashboard.api.context import Context
from dashboard.api.registry_errors import AbsentError, Reason
from dashboard.subjects import Subjects, subjects
from schemas.catalogue import Locked

SUBJECT = "/subjects/{subject:str}"
VERSION = f"{SUBJECT}/versions/{{number:str}}"
LEVEL, MODE = "BACKWARD_TRANSITIVE", "READONLY"


class SchemaText(Struct):
    """One schema."""

    schema: Annotated[str, Meta(description="Avro schema as JSON text")]


class SubjectVersion(Struct):
    """One version of a subject."""

    subject: str
    version: int
    id: int
    schema: Annotated[str, Meta(description="Avro schema as JSON text")]


class Named(Struct):
    """A subject, and which of its versions."""

    subject: str
    version: int


class Level(Struct):
    """Which changes are taken."""

    compatibility_level: Annotated[str, Meta(description=LEVEL)] = msgspec.field(
        default=LEVEL, name="compatibilityLevel"
    )


class Mode(Struct):
    """What may be done here."""

    mode: Annotated[str, Meta(description=MODE)] = MODE


def text_of(entry: Locked) -> str:
    """A schema as registries give it."""
    return msgspec.json.encode(entry.schema).decode()


def known_to(context: Context) -> Subjects:
    """The subjects of this installation."""
    return subjects(context.settings.names)


def one(known: Subjects, subject: str, number: str) -> Locked:
    """One version, by number or `latest`. Raises AbsentError."""
    if not known.versions(subject):
        raise AbsentError(Reason.NO_SUBJECT, subject)
    found = known.version(subject, number)
    if found is None:
        raise AbsentError(Reason.NO_VERSION, f"{subject} {number}")
    return found


class SchemaGiven(Struct):
    """A schema that a client asks about."""

    schema: Annotated[str, Meta(description="Avro schema as JSON text")]
    schema_type: Annotated[str, Meta(description="AVRO")] = msgspec.field(
        default="AVRO", name="schemaType"
    )
    references: list[dict[str, object]] = []


class Compatible(Struct):
    """Whether a schema could follow."""

    is_compatible: bool
    messages: list[str] = []
