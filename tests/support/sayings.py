"""What departments say, as their topics hold it: a default each, of which a test says otherwise."""

from hashlib import blake2b

from schemas.identity import event_id

COMMUNITY, NEXT, DESK = "420704001013", "420704001002", "420704001000"
HOUR = 3_600_000
DAY = 24 * HOUR
START = 1_795_132_800_000  # 2026-11-20 00:00 UTC
UNIT = f"{COMMUNITY}-E02/3/2"
NOISE = {"list": "GB/T 47678.5", "version": "2026", "value": "06028"}
RUBBISH = {"list": "GB/T 47678.5", "version": "2026", "value": "06010"}
COVER = {"list": "ezhou.component", "version": "demo-1", "value": "C01"}
POLICE_NOISE = {"list": "ezhou.police.kind", "version": "2021", "value": "P41"}
THEFT = {"list": "ezhou.police.kind", "version": "2021", "value": "P10"}
CITY, POLICE = "ezhou.city_cases", "ezhou.police_incidents"
REGISTRATION, PERMITTING = "ezhou.household_registration", "ezhou.permits"
HOME, OTHER_HOME = "e1.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "e1.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
FOOD_LICENCE = {"list": "ezhou.permit.item", "version": "demo-1", "value": "Y01"}
RELIEF = {"list": "ezhou.permit.item", "version": "demo-1", "value": "Y06"}
REGISTERED_ESTATE = {"list": "ezhou.permit.item", "version": "demo-1", "value": "Y08"}
IDENTITY_PROOF = {"list": "hubei.community_proof", "version": "2021", "value": "02"}
ALLOWED_PROOF = {"list": "ezhou.community_proof", "version": "demo-1", "value": "K01"}
NOWHERE = {"household": None, "relation": None, "sex": None, "person": None, "summary": ""}
"""What a code is not told of a record that left it."""


def case(record: str, order: int, now: int, **stated: object) -> dict[str, object]:
    """A case of noise at UNIT, open, as `city.cases` holds it; `stated` says otherwise."""
    event = _event(CITY, record, order, now) | {
        "category": "event", "kind": NOISE, "asset": None, "stage": "派遣", "status": "open",
        "closed_at": None, "department": "城管", "person": None, "personal": None,
        "place": _place(UNIT), "summary": "夜间噪声扰民",
    }  # fmt: skip
    return _with(event, stated)


def incident(record: str, order: int, now: int, **stated: object) -> dict[str, object]:
    """A referred incident of noise at UNIT, open, as `police.incidents` holds it."""
    event = _event(POLICE, record, order, now) | {
        "kind": POLICE_NOISE, "status": "open", "closed_at": None, "filed": False,
        "referred": True, "document": "鄂公转1号", "person": None, "personal": None,
        "place": _place(UNIT), "summary": "楼上音响",
    }  # fmt: skip
    return _with(event, stated)


def move(record: str, order: int, now: int, **stated: object) -> dict[str, object]:
    """A head of the household HOME is set up at UNIT, as `household.moves` holds it.

    `relation`: its value in GB/T 4761, or None.
    """
    event = _event(REGISTRATION, record, order, now) | {
        "change": "set_up", "status": "registered", "cancelled_because": None, "closed_at": None,
        "household": HOME, "relation": "02", "person": None, "personal": None,
        "sex": {"list": "GB/T 2261.1", "version": "2003", "value": "1"}, "place": _place(UNIT),
    }  # fmt: skip
    told = _with(event, stated)
    if told["relation"] is not None:
        told["relation"] = {"list": "GB/T 4761", "version": "2008", "value": told["relation"]}
    return told


def permit(record: str, order: int, now: int, **stated: object) -> dict[str, object]:
    """A food licence at UNIT, accepted: its item needs a site check of the community."""
    event = _event(PERMITTING, record, order, now) | {
        "item": FOOD_LICENCE, "channel": "network", "stage": "accepted", "status": "open",
        "item_type": {"list": "政务服务事项类型", "version": "", "value": "01"},
        "decision": None, "accepted_at": now - HOUR, "closed_at": None, "act": None, "proof": None,
        "department": "市市场监管局", "document": "受理1号", "person": None, "personal": None,
        "place": _place(UNIT), "summary": "申请食品经营许可",
    }  # fmt: skip
    return _with(event, stated)


def _event(source: str, record: str, order: int, now: int) -> dict[str, object]:
    content = blake2b(f"{record}{order}".encode(), digest_size=16).digest()
    return {
        "event_id": event_id(source, record, order, content), "source": source,
        "record_id": record, "version": {"order": order, "hash": content},
        "occurred_at": now - HOUR, "community": COMMUNITY, "backfill": False, "moved": None,
    }  # fmt: skip


def _place(unit: str | None) -> dict[str, object]:
    return {"unit": unit, "text": "滨湖花园3栋", "lon": None, "lat": None, "candidates": [],
            "gazetteer": "test"}  # fmt: skip


def _with(event: dict[str, object], stated: dict[str, object]) -> dict[str, object]:
    """`unit`: the address unit. `left`, `arrived`: the other code of a move."""
    if "unit" in stated:
        unit = stated.pop("unit")
        event["place"] = _place(None if unit is None else str(unit))
    for direction in ("left", "arrived"):
        if direction in stated:
            event["moved"] = {"direction": direction, "counterpart": stated.pop(direction)}
            if direction == "left":
                event |= {"place": _place(None) | {"text": ""}}
                event |= {name: value for name, value in NOWHERE.items() if name in event}
    return {**event, **stated}
