"""Errors of the schema registry, in the form that Confluent clients expect.

Codes: https://docs.confluent.io/platform/current/schema-registry/develop/api.html#errors
"""

from collections.abc import Callable
from enum import IntEnum
from typing import Any

from litestar import Response
from litestar.exceptions import HTTPException, NotFoundException, ValidationException
from litestar.types import ExceptionHandlersMap
from msgspec import Struct

from dashboard.api.problems import AnyRequest, UnknownError

PATH = "/registry"
MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"


class Reason(IntEnum):
    """Confluent's error codes; the first three digits are the HTTP status, 409 stands alone."""

    NO_SUBJECT = 40401
    NO_VERSION = 40402
    NO_SCHEMA = 40403
    INCOMPATIBLE = 409
    INVALID = 42201
    READ_ONLY = 42205


ADVICE = {
    Reason.NO_SUBJECT: "Subject {} not found: GET /registry/subjects lists all",
    Reason.NO_VERSION: "Version {} not found: GET /registry/subjects/<subject>/versions lists all",
    Reason.NO_SCHEMA: "Schema not found: {}",
}


class RegistryError(Struct):
    """An error as Confluent clients expect it."""

    error_code: int
    message: str


class RefusedError(Exception):
    """What was asked for is not given; code and message say why."""

    def __init__(self, reason: Reason, message: str) -> None:
        """Carry the code beside the message."""
        super().__init__(message)
        self.reason = reason


class AbsentError(RefusedError):
    """There is nothing by that name."""

    def __init__(self, reason: Reason, name: str) -> None:
        """Say where to look."""
        super().__init__(reason, ADVICE[reason].format(name))


def _answer(code: int, message: str) -> Response[RegistryError]:
    status = int(str(code)[:3])
    return Response(RegistryError(code, message), status_code=status, media_type=MEDIA_TYPE)


def _refused(_request: AnyRequest, error: RefusedError) -> Response[RegistryError]:
    return _answer(error.reason, str(error))


def _http(_request: AnyRequest, error: HTTPException) -> Response[RegistryError]:
    """What the framework refuses: a body that is no JSON, a method that is not there."""
    code = Reason.INVALID if error.status_code == 400 else error.status_code  # noqa: PLR2004 - HTTP
    return _answer(code, f"{error.detail}. See /api/openapi.json for what is taken.")


HANDLERS: ExceptionHandlersMap = {
    RefusedError: _refused,
    ValidationException: _http,
    HTTPException: _http,
}


def _no_path(request: AnyRequest, _error: Exception) -> Response[RegistryError]:
    return _answer(404, f"There is no {request.url.path}. See /api/openapi.json for what is asked.")


Handler = Callable[[AnyRequest, Any], Response[Any]]


def _by_path(registry: Handler, other: Handler) -> Handler:
    def answer(request: AnyRequest, error: Exception) -> Response[Any]:
        ours = request.url.path == PATH or request.url.path.startswith(f"{PATH}/")
        return (registry if ours else other)(request, error)

    return answer


def beside(others: ExceptionHandlersMap) -> ExceptionHandlersMap:
    """The application's own, but the registry's form for a path below it that no route has.

    A route that is not there has no handlers of its own, so the application is asked.
    """
    ours = {UnknownError: _no_path, NotFoundException: _no_path, HTTPException: _http}
    return {**others, **{kind: _by_path(one, others[kind]) for kind, one in ours.items()}}
