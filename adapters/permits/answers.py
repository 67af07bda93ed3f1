"""What a webhook is answered, and what to do next. Nothing that it said is repeated."""

import json
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web

from adapters.kit.errors import Finding

RETRY_AFTER_SECONDS = 5
PROBLEM = "application/problem+json"
"""RFC 9457."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A status, and why."""

    status: HTTPStatus
    rule: str = ""
    field: str = ""
    advice: str = ""

    @property
    def accepted(self) -> bool:
        """Whether sending it again would change nothing."""
        return self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def response(self) -> web.Response:
        """As HTTP says it."""
        said = {"title": self.status.phrase, "status": self.status.value}
        said |= {"rule": self.rule, "field": self.field, "detail": self.advice}
        later = {"Retry-After": str(RETRY_AFTER_SECONDS)}
        return web.Response(
            status=self.status,
            text=json.dumps({name: value for name, value in said.items() if value}),
            content_type="application/json" if self.accepted else PROBLEM,
            headers=later if self.status is HTTPStatus.SERVICE_UNAVAILABLE else None,
        )


TAKEN = Answer(status=HTTPStatus.OK)
"""The event is on the bus, or was before."""


def set_aside(finding: Finding) -> Answer:
    """The row is kept as a dead letter: sending it again unchanged helps nobody."""
    return _of(HTTPStatus.ACCEPTED, finding)


def unreadable(finding: Finding) -> Answer:
    """The body is kept as a dead letter, and is no row."""
    return _of(HTTPStatus.BAD_REQUEST, finding)


def later(why: str) -> Answer:
    """Not now."""
    advice = f"{why} Send it again, unchanged but signed anew."
    return Answer(status=HTTPStatus.SERVICE_UNAVAILABLE, rule="webhook.later", advice=advice)


def refused(status: HTTPStatus, rule: str, advice: str) -> Answer:
    """This webhook will not do as it is."""
    return Answer(status=status, rule=rule, advice=advice)


def _of(status: HTTPStatus, finding: Finding) -> Answer:
    return Answer(status=status, rule=finding.rule, field=finding.field, advice=finding.advice)
