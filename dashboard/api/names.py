"""Names of kinds, of codes and of the hub's own words."""

from collections.abc import Iterable
from typing import Protocol

import msgspec
from litestar import Router, get

from dashboard import kinds as lists
from dashboard import words as own
from dashboard.api.name_shapes import CodeList, Codes, HubKind, Kind, Kinds, Named, Words
from schemas.codes import code_lists


class _Title(Protocol):
    @property
    def zh(self) -> str: ...

    @property
    def en(self) -> str: ...


@get("/kinds", summary="Names of kinds 类别名称")
async def kinds() -> Kinds:
    """Codes as sources state them, and the hub's own kinds, in Chinese and English."""
    stated = msgspec.convert(lists.stated_kinds(), list[Kind])
    hub = msgspec.convert(lists.hub_kinds(), list[HubKind])
    return Kinds(items=stated, total=len(stated), hub=hub)


@get("/codes", summary="Names of codes and words 代码与用语")
async def codes() -> Codes:
    """Items, proofs, relations, sexes as departments state them; channels, stages, changes."""
    items = [
        CodeList(
            name=name,
            list=found.list,
            version=found.version,
            zh=found.zh,
            en=found.en,
            demo=found.demo,
            rows=_named((row.value, row) for row in found.rows),
        )
        for name, found in code_lists().items()
    ]
    words = [
        Words(name=name, zh=found.zh, en=found.en, rows=_named(found.rows.items()))
        for name, found in own.words().items()
    ]
    return Codes(items=items, total=len(items), words=words)


def _named(found: Iterable[tuple[str, _Title]]) -> list[Named]:
    return [Named(value=value, zh=title.zh, en=title.en) for value, title in found]


ROUTER = Router("/", route_handlers=[kinds, codes], tags=["units"])
