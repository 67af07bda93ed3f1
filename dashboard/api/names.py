"""Names of kinds."""

import msgspec
from litestar import Router, get

from dashboard import kinds as lists
from dashboard.api.shapes import HubKind, Kind, Kinds


@get("/kinds", summary="Names of kinds 类别名称")
async def kinds() -> Kinds:
    """Codes as sources state them, and the hub's own kinds, in Chinese and English."""
    stated = msgspec.convert(lists.stated_kinds(), list[Kind])
    own = msgspec.convert(lists.hub_kinds(), list[HubKind])
    return Kinds(items=stated, total=len(stated), hub=own)


ROUTER = Router("/", route_handlers=[kinds], tags=["units"])
