"""Counts roll up along the code tree or the management tree; desks are shown apart."""

from datetime import date
from typing import TYPE_CHECKING, get_args

import httpx

from dashboard.api.shapes import Counts
from dashboard.api.sorts import UnitSort
from dashboard.model.tables import COUNTERS
from dashboard.tree import Tree
from schemas.catalogue import catalogue
from schemas.gazetteer import Gazetteer

if TYPE_CHECKING:
    from tests.unit.dashboard.conftest import Model

CITY, DISTRICT, STREET, HOME = "420700000000", "420704000000", "420704001000", "420704001013"
YANJI_VILLAGE, YANJI, AIRPORT_ZONE = "420704105201", "420704105000", "420704401000"


async def _fill(model: "Model") -> None:
    for code, cases in ((HOME, 3), (STREET, 2), (DISTRICT, 1), (YANJI_VILLAGE, 10), (CITY, 5)):
        source = {"source": "ezhou.city_cases", "events": cases, "last_at": cases * 1_000}
        model.put(
            "views.summary",
            f"{code}/summary",
            code=code,
            cases_open=cases,
            cases_total=cases,
            sources=[source],
        )
    await model.commit()


async def test_a_street_counts_its_communities_and_its_desk(
    model: "Model", client: httpx.AsyncClient
) -> None:
    await _fill(model)
    found = (await client.get(f"/api/units/{STREET}")).json()
    assert found["unit"]["counts"]["cases_open"] == 5
    assert found["unit"]["own"]["cases_open"] == 2
    assert [above["code"] for above in found["path"]] == [CITY, DISTRICT]
    [source] = found["sources"]
    assert (source["source"], source["events"], source["last_at"]) == (
        "ezhou.city_cases",
        5,
        3_000,
    )
    assert (source["zh"], source["en"]) == ("数字城管", "City management")


async def test_the_city_is_the_sum_of_everything(model: "Model", client: httpx.AsyncClient) -> None:
    await _fill(model)
    found = (await client.get("/api/city")).json()
    assert found["totals"]["cases_open"] == 21
    assert {unit["code"]: unit["counts"]["cases_open"] for unit in found["districts"]} == {
        "420702000000": 0,
        "420703000000": 0,
        DISTRICT: 16,
    }


async def test_what_waits_for_a_place_is_listed_by_desk_the_fullest_first(
    model: "Model", client: httpx.AsyncClient
) -> None:
    await _fill(model)
    waiting = (await client.get("/api/city")).json()["unlocated"]
    assert waiting["cases_open"] == 8
    assert [desk["code"] for desk in waiting["desks"]] == [CITY, STREET, DISTRICT]


async def test_a_town_run_by_a_zone_counts_there_in_the_management_tree(
    model: "Model", client: httpx.AsyncClient
) -> None:
    """燕矶 carries a code of 鄂城区, 临空经济区 runs it."""
    await _fill(model)
    found = (await client.get("/api/city?tree=management")).json()
    districts = {unit["code"]: unit["counts"]["cases_open"] for unit in found["districts"]}
    assert districts[AIRPORT_ZONE] == 10
    assert districts[DISTRICT] == 6
    assert found["totals"]["cases_open"] == 21
    zone = (await client.get(f"/api/units/{AIRPORT_ZONE}?tree=management")).json()["unit"]
    assert zone["level"] == "district"


async def test_units_are_listed_by_level_however_deep_below_a_parent(
    model: "Model", client: httpx.AsyncClient
) -> None:
    await _fill(model)
    query = {"level": "community", "parent": DISTRICT, "sort": "-cases_open", "size": "2"}
    found = (await client.get("/api/units", params=query)).json()
    assert [unit["code"] for unit in found["items"]] == [YANJI_VILLAGE, HOME]
    assert found["total"] > 100
    second = (await client.get("/api/units", params={**query, "page": "2"})).json()
    assert {unit["code"] for unit in second["items"]}.isdisjoint({YANJI_VILLAGE, HOME})


async def test_without_a_level_the_units_right_below_are_listed(
    model: "Model", client: httpx.AsyncClient
) -> None:
    await _fill(model)
    found = (await client.get(f"/api/units?parent={CITY}")).json()
    assert {unit["level"] for unit in found["items"]} == {"district"}


async def _found(client: httpx.AsyncClient, **query: str) -> list[str]:
    answer = await client.get("/api/units", params=query)
    assert answer.status_code == 200, answer.text
    return [unit["code"] for unit in answer.json()["items"]]


async def test_units_are_searched_by_a_part_of_the_name_or_the_first_digits(
    client: httpx.AsyncClient,
) -> None:
    assert YANJI in await _found(client, q="燕矶")
    assert await _found(client, q="燕矶", level="street") == [YANJI]
    assert await _found(client, q="42070400101", parent=STREET) == [
        code for code in await _found(client, parent=STREET) if code.startswith("42070400101")
    ]
    assert HOME in await _found(client, q="42070400101", parent=DISTRICT)
    assert await _found(client, q="%") == []


async def test_counts_of_all_four_systems_roll_up(
    model: "Model", client: httpx.AsyncClient
) -> None:
    given = {name: at for at, name in enumerate(COUNTERS, 1)}
    for code in (HOME, STREET):
        model.put("views.summary", f"{code}/summary", code=code, **given)
    await model.commit()
    counts = (await client.get("/api/city")).json()["totals"]
    assert {name: counts[name] for name in given} == {name: 2 * at for name, at in given.items()}
    waiting = (await client.get("/api/city")).json()["unlocated"]
    assert waiting["permits_open"] == given["permits_open"]
    assert waiting["residents_total"] == given["residents_total"]


async def test_virtual_units_are_marked(client: httpx.AsyncClient) -> None:
    found = (await client.get("/api/units/420704401498")).json()
    assert found["unit"]["virtual"] is True


async def test_a_code_of_no_unit_is_not_found(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/units/999999999999")
    assert answer.status_code == 404
    assert "/api/units" in answer.json()["detail"]


def test_a_summary_of_a_code_that_nobody_knows_counts_at_its_desk() -> None:
    """So that no total is short while the gazetteer is older than the rows."""
    tree = Tree.by_code(Gazetteer.load("ezhou"))
    rolled = tree.rolled_up({"420704001999": Counts(tasks_open=1)})
    assert (rolled[STREET].tasks_open, rolled[CITY].tasks_open) == (1, 1)


def test_every_counter_of_a_summary_is_shown_and_may_be_sorted_by() -> None:
    summary = {field["name"] for field in catalogue().definition("shequ.views.Summary")["fields"]}
    assert set(COUNTERS) == summary - {"code", "sources"}
    assert set(COUNTERS) | {"residents"} == set(Counts.__struct_fields__)
    assert set(Counts.__struct_fields__) <= set(get_args(UnitSort))


def test_every_unit_but_the_city_stands_below_the_city_in_both_trees() -> None:
    gazetteer = Gazetteer.load("ezhou")
    for tree in (Tree.by_code(gazetteer), Tree.by_management(gazetteer, date(2026, 11, 22))):
        assert sorted(tree.below(CITY)) == sorted(gazetteer.units)
        assert all(tree.path(code)[:1] == [CITY] for code in gazetteer.units if code != CITY)
