"""A record whose move was seen at one code only is in transit; a person is counted once."""

from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from tests.unit.dashboard.conftest import Model

CITY, STREET, HOME, NEXT = "420700000000", "420704001000", "420704001013", "420704002001"


def _half(direction: str, counterpart: str, since: int, *, overdue: bool) -> dict[str, object]:
    version = {"order": since, "hash": b""}
    return {
        "direction": direction,
        "counterpart": counterpart,
        "version": version,
        "since": since,
        "overdue": overdue,
    }


async def _moves(model: "Model") -> None:
    for topic, code, number, transit in (
        ("views.residents", HOME, "a", _half("left", NEXT, 3, overdue=False)),
        ("views.permits", HOME, "b", _half("left", NEXT, 1, overdue=True)),
        ("views.incidents", NEXT, "c", _half("arrived", HOME, 2, overdue=True)),
        ("views.cases", NEXT, "d", _half("arrived", HOME, 4, overdue=False)),
        ("views.residents", HOME, "e", None),
    ):
        model.put(
            topic,
            f"{code}/{number}",
            code=code,
            record_id=number,
            status="open",
            transit=transit,
        )
    await model.commit()


async def _numbers(client: httpx.AsyncClient, **query: str) -> list[str]:
    answer = await client.get("/api/transit", params=query)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["total"] >= len(found["items"])
    return [row["record_id"] for row in found["items"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["b", "c", "a", "d"]),
        ({"sort": "-since"}, ["d", "a", "c", "b"]),
        ({"overdue": "true"}, ["b", "c"]),
        ({"overdue": "false"}, ["a", "d"]),
        ({"code": STREET}, ["b", "a"]),
        ({"code": NEXT, "overdue": "true"}, ["c"]),
        ({"counterpart": NEXT}, ["b", "a"]),
        ({"counterpart": STREET, "tree": "management"}, ["c", "d"]),
        ({"size": "2", "page": "2"}, ["a", "d"]),
    ],
)
async def test_what_waits_for_its_other_half_is_listed_the_oldest_first(
    model: "Model", client: httpx.AsyncClient, query: dict[str, str], expected: list[str]
) -> None:
    await _moves(model)
    assert await _numbers(client, **query) == expected


async def test_it_says_which_half_was_seen_and_where_the_other_one_is_due(
    model: "Model", client: httpx.AsyncClient
) -> None:
    await _moves(model)
    found = (await client.get("/api/transit")).json()["items"][0]
    assert (found["table"], found["direction"], found["code"], found["counterpart"]) == (
        "permits",
        "left",
        HOME,
        NEXT,
    )
    assert (found["since"], found["overdue"]) == (1, True)


async def test_once_paired_it_is_in_transit_no_more(
    model: "Model", client: httpx.AsyncClient
) -> None:
    await _moves(model)
    model.put("views.permits", f"{HOME}/b", code=HOME, record_id="b", status="left")
    model.drop("views.cases", f"{NEXT}/d")
    await model.commit()
    assert await _numbers(client) == ["c", "a"]


async def test_halves_are_counted_by_what_they_are_in_a_unit_and_in_the_city(
    model: "Model", client: httpx.AsyncClient
) -> None:
    await _moves(model)
    nothing = {"residents": 0, "permits": 0, "incidents": 0, "cases": 0, "overdue": 0}
    here = (await client.get(f"/api/units/{STREET}")).json()["in_transit"]
    assert here == {**nothing, "residents": 1, "permits": 1, "overdue": 1}
    city = (await client.get("/api/city")).json()["in_transit"]
    assert city == {"residents": 1, "permits": 1, "incidents": 1, "cases": 1, "overdue": 2}


async def _persons(client: httpx.AsyncClient) -> tuple[int, int, int]:
    """As counted in the city, at the old and at the new community."""
    city = (await client.get("/api/city")).json()["totals"]["residents"]
    old, new = [
        (await client.get(f"/api/units/{code}")).json()["unit"]["counts"]["residents"]
        for code in (HOME, NEXT)
    ]
    return city, old, new


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ((1, 0), (0, 0), (1, 1, 0)),
        ((0, 1), (0, 0), (1, 1, 0)),
        ((1, 0), (1, 1), (1, 1, 0)),
        ((0, 1), (1, 1), (1, 1, 0)),
        ((0, 0), (1, 0), (1, 0, 1)),
    ],
    ids=["before", "only the old half", "only the new half", "both, unpaired", "paired"],
)
async def test_a_person_who_moves_is_counted_once_at_every_moment(
    model: "Model",
    client: httpx.AsyncClient,
    old: tuple[int, int],
    new: tuple[int, int],
    expected: tuple[int, int, int],
) -> None:
    total, leaving = old
    model.put(
        "views.summary", f"{HOME}/s", code=HOME, residents_total=total, residents_leaving=leaving
    )
    total, arriving = new
    model.put(
        "views.summary", f"{NEXT}/s", code=NEXT, residents_total=total, residents_arriving=arriving
    )
    await model.commit()
    assert await _persons(client) == expected
