"""Errors as RFC 9457 problem details: what is wrong, and what to do."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, get_args

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, NotFoundException, ValidationException
from litestar.openapi import ResponseSpec
from litestar.params import HeaderParameter
from litestar.types import ExceptionHandlersMap
from sqlalchemy.exc import SQLAlchemyError

from dashboard.api.status import Problem
from dashboard.model.meta import NotReadyError
from dashboard.said import Language, Said, preferred

log = structlog.get_logger()
AnyRequest = Request[Any, Any, Any]
MEDIA_TYPE = "application/problem+json"
DESCRIPTIONS = {
    400: "A parameter is wrong; `allowed` names what it may be",
    404: "There is nothing by that name",
    503: "There is no read model to answer from",
}
DEPENDENCIES = ("request", "context", "pages")
"""What handlers ask for that no client sends."""


NOTHING_HERE = Said(
    "这里什么也没有。全部路径见 /api/openapi.json。",
    "There is nothing here. See /api/openapi.json for all paths.",
)
UNREADABLE = Said(
    "数据读不出来。请查看数据库是否还在(SHEQU_DATABASE_URL、SHEQU_HOME);"
    "`shequ projector --rebuild` 可从主题重建。",
    "The read model cannot be read. Check that its database is there (SHEQU_DATABASE_URL, "
    "SHEQU_HOME); `shequ projector --rebuild` builds it anew from the topics.",
)
BROKEN = Said(
    "服务在此出错。日志写明原因,请报告。",
    "The dashboard broke here. Its log says why; please report it.",
)
TITLES = {
    400: "请求有误",
    404: "没有找到",
    405: "不能这样请求",
    500: "服务出错",
    503: "暂不可用",
}
"""In Chinese; in English they are those of HTTP."""


class WrongValueError(Exception):
    """A parameter has a value that is not allowed; the message names it and the allowed ones."""

    def __init__(
        self, name: str, value: str, allowed: list[str], advice: Said | None = None
    ) -> None:
        listed = ", ".join(allowed)
        advice = advice or Said(f"可用:{listed}。", f"Allowed: {listed}.")
        self.allowed = allowed
        self.said = Said(
            f"{name}={value!r} 不可用。{advice.zh}", f"{name}={value!r} is not allowed. {advice.en}"
        )
        super().__init__(self.said.en)


class UnknownError(Exception):
    """There is nothing by that name; the message says where to look."""

    def __init__(self, said: Said) -> None:
        super().__init__(said.en)
        self.said = said


def language_of(request: AnyRequest) -> Language:
    """The language to answer in."""
    return preferred(request.headers.get("accept-language", ""))


def problem(
    request: AnyRequest, status: int, detail: Said, allowed: list[str] | None = None
) -> Response[Problem]:
    """The answer for one error."""
    language = language_of(request)
    phrase = HTTPStatus(status).phrase
    body = Problem(
        type="about:blank",
        title=phrase if language == "en" else TITLES.get(status, phrase),
        status=status,
        detail=detail.to(language),
        instance=request.url.path,
        allowed=allowed or [],
    )
    headers = {"Content-Language": language, "Vary": "Accept-Language"}
    return Response(body, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def _wrong_value(request: AnyRequest, error: WrongValueError) -> Response[Problem]:
    return problem(request, 400, error.said, error.allowed)


def _invalid(request: AnyRequest, error: ValidationException) -> Response[Problem]:
    found: list[Any] = error.extra if isinstance(error.extra, list) else []
    for item in found:
        name = _query_name(request, str(item.get("key", "")))
        if allowed := _allowed(request, name):
            wrong = WrongValueError(name, str(request.query_params.get(name)), allowed)
            return _wrong_value(request, wrong)
    detail = "; ".join(_explained(request, item) for item in found) or error.detail
    said = Said(
        f"参数有误:{detail}。可用的取值见 /api/openapi.json。",
        f"{detail}. See /api/openapi.json for what is allowed.",
    )
    return problem(request, 400, said)


def _explained(request: AnyRequest, item: dict[str, Any]) -> str:
    argument = str(item.get("key", ""))
    field = request.scope["route_handler"].parsed_fn_signature.parameters.get(argument)
    description = getattr(getattr(field, "kwarg_definition", None), "description", None)
    wrong = f"{_query_name(request, argument)}: {item.get('message', '')}"
    return f"{wrong} ({description})" if description else wrong


def queried(request: AnyRequest) -> dict[str, object]:
    """The query parameters of the handler that is asked: name -> annotation."""
    fields = request.scope["route_handler"].parsed_fn_signature.parameters
    others = {*DEPENDENCIES, *request.path_params}
    return {
        _query_name(request, name): field.annotation
        for name, field in fields.items()
        if name not in others and not isinstance(field.kwarg_definition, HeaderParameter)
    }


def _query_name(request: AnyRequest, argument: str) -> str:
    """What a client calls an argument of the handler."""
    field = request.scope["route_handler"].parsed_fn_signature.parameters.get(argument)
    return getattr(getattr(field, "kwarg_definition", None), "name", None) or argument


def _allowed(request: AnyRequest, name: str) -> list[str]:
    """The values of a parameter that has few."""
    return list(_literals(queried(request).get(name)))


def _literals(annotation: object) -> Iterator[str]:
    for part in get_args(annotation):
        yield from (part,) if isinstance(part, str) else _literals(part)


def _unknown(request: AnyRequest, error: UnknownError) -> Response[Problem]:
    return problem(request, 404, error.said)


def _no_route(request: AnyRequest, _error: NotFoundException) -> Response[Problem]:
    return problem(request, 404, NOTHING_HERE)


def _http(request: AnyRequest, error: HTTPException) -> Response[Problem]:
    said = Said(TITLES.get(error.status_code, error.detail), error.detail)
    answer = problem(request, error.status_code, said)
    answer.headers.update(error.headers or {})
    return answer


def _not_ready(request: AnyRequest, error: NotReadyError) -> Response[Problem]:
    return problem(request, 503, error.said)


def _unreadable(request: AnyRequest, error: SQLAlchemyError) -> Response[Problem]:
    log.error("dashboard.read_model_unreadable", path=request.url.path, reason=str(error))
    return problem(request, 503, UNREADABLE)


def _broken(request: AnyRequest, error: Exception) -> Response[Problem]:
    log.error("dashboard.broken", path=request.url.path, exc_info=error)
    return problem(request, 500, BROKEN)


HANDLERS: ExceptionHandlersMap = {
    WrongValueError: _wrong_value,
    ValidationException: _invalid,
    UnknownError: _unknown,
    NotFoundException: _no_route,
    NotReadyError: _not_ready,
    SQLAlchemyError: _unreadable,
    HTTPException: _http,
    Exception: _broken,
}


def documented(*statuses: int) -> dict[int, ResponseSpec]:
    """What a handler's `responses` say of errors; 503 always: the read model may be away."""
    return {
        status: ResponseSpec(
            Problem,
            description=DESCRIPTIONS[status],
            media_type=MEDIA_TYPE,
            generate_examples=False,
        )
        for status in (*statuses, 503)
    }
