"""Query parameters that several paths share, and what each allows."""

from typing import Annotated, Literal, TypeVar

from litestar.params import QueryParameter

from dashboard.api.problems import AnyRequest, WrongValueError, queried
from dashboard.api.shapes import Level
from dashboard.said import Said

T = TypeVar("T")

ANY_QUERY = "any_query"
"""A handler with this option takes whatever stands behind the question mark."""
MOST_ROWS = 200
DEEPEST_PAGE = 5000

TreeName = Literal["code", "management"]
Tree = Annotated[
    TreeName,
    QueryParameter(
        description="code: by the digits of the code; management: as the city is run today 管理口径"
    ),
]
Code = Annotated[
    str | None,
    QueryParameter(
        description="12-digit code of a community, or of a street, district or the city with "
        "everything below it",
        pattern=r"^\d{12}$",
    ),
]
Kind = Annotated[
    str | None,
    QueryParameter(
        description="Kind as stated (06028, P41) or the hub's own (noise)", max_length=64
    ),
]
SourceName = Annotated[
    str | None, QueryParameter(description="City and system, as in the rows", max_length=128)
]
OfLevel = Annotated[
    Level | None, QueryParameter(description="Level; with `parent`, however deep below it")
]
OfStatus = Annotated[
    T, QueryParameter(description="One status, or all; without it all but those that moved away")
]
BySort = Annotated[T, QueryParameter(description="Field to sort by; with - in front, falling")]
Page = Annotated[int, QueryParameter(description="Page, from 1", ge=1, le=DEEPEST_PAGE)]
Size = Annotated[int, QueryParameter(description="Rows on a page", ge=1, le=MOST_ROWS)]

IncidentStatus = Literal["open", "closed", "left", "all"]
ResidentStatus = Literal["registered", "cancelled", "left", "all"]
CaseStatus = Literal["open", "closed", "void", "left", "all"]
Ongoing = Literal["pending", "dispatched", "accepted", "paused", "suspended", "disposed"]
Ended = Literal["closed", "refused", "withdrawn", "void", "merged"]
TaskState = Literal["open", "ended", Ongoing, Ended]
State = Annotated[
    TaskState | None,
    QueryParameter(name="state", description="One state, or open / ended for all of that sort"),
]


Act = Literal["opinion", "site_check", "proof", "any", "none"]
HouseholdName = Annotated[
    str | None,
    QueryParameter(description="Pseudonym of a household, as in the rows", max_length=128),
]
Item = Annotated[
    str | None, QueryParameter(description="Service item as stated (Y01)", max_length=64)
]
Channel = Annotated[
    Literal["network", "app", "terminal", "hall"] | None,
    QueryParameter(description="Where it came in 受理渠道"),
]
OfAct = Annotated[
    Act | None,
    QueryParameter(description="What the community must do; any: something, none: nothing"),
]
Refused = Annotated[
    bool | None,
    QueryParameter(description="true: those that the hub did not ask the community for"),
]
Overdue = Annotated[
    bool | None,
    QueryParameter(description="true: in transit for longer than the list `transit` allows"),
]
Search = Annotated[
    str | None,
    QueryParameter(
        description="Part of the name, or the first digits of the code",
        min_length=1,
        max_length=64,
    ),
]


NO_NUL = Said("取值里不能有 NUL 字符。", "A value holds no NUL character.")


async def refuse_unknown(request: AnyRequest) -> None:
    """A misspelt parameter would silently show everything: it is refused instead.

    A page's parameters are its own: what a list shows can be linked to.
    """
    if request.route_handler.opt.get(ANY_QUERY):
        return
    known = sorted(queried(request))
    for name, value in (*request.query_params.items(), *request.path_params.items()):
        if "\x00" in str(value):
            raise WrongValueError(name, str(value), [], NO_NUL)
    for name in request.query_params:
        if name not in known:
            advice = Said(
                f"没有参数 {name}。"
                + (f"可用:{', '.join(known)}。" if known else "此处不带参数。"),
                f"There is no parameter {name}. "
                + (f"Known here: {', '.join(known)}." if known else "This path takes none."),
            )
            raise WrongValueError(name, request.query_params[name], known, advice)
