"""Incidents, cases and tasks are filtered, sorted and paged; what moved away is kept out."""

from typing import TYPE_CHECKING, Any, get_args

import httpx
import pytest

from dashboard.api.params import Ended
from dashboard.api.task import MOST_PARTS
from dashboard.model.rows import ENDED

if TYPE_CHECKING:
    from tests.unit.dashboard.conftest import Model

DISTRICT, STREET, HOME, NEXT = "420704000000", "420704001000", "420704001013", "420704002001"
VILLAGE, ZONE = "420704105201", "420704401000"
NOISE = {"list": "GB/T 47678.5", "version": "2026", "value": "06028"}
POLICE_NOISE = {"list": "ezhou.police.kind", "version": "2021", "value": "P41"}


async def _incidents(model: "Model") -> None:
    """Oldest first: a at home, b at the street's desk, c next door, d moved away, e in a town."""
    for at, (name, code, status) in enumerate(
        [
            ("a", HOME, "open"),
            ("b", STREET, "closed"),
            ("c", NEXT, "open"),
            ("d", HOME, "left"),
            ("e", VILLAGE, "open"),
        ]
    ):
        model.put(
            "views.incidents",
            f"{code}/{name}",
            code=code,
            status=status,
            record_id=name,
            occurred_at=at,
            kind=POLICE_NOISE,
            kind_id="noise",
        )
    await model.commit()


async def _ask(client: httpx.AsyncClient, path: str, **query: str | int) -> dict[str, Any]:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def _names(client: httpx.AsyncClient, **query: str | int) -> list[str]:
    found = await _ask(client, "/api/incidents", **query)
    return [row["record_id"] for row in found["items"]]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (HOME, ["a"]),
        (STREET, ["b", "a"]),
        (DISTRICT, ["e", "c", "b", "a"]),
        ("420700000000", ["e", "c", "b", "a"]),
        ("420702000000", []),
    ],
)
async def test_a_code_means_everything_below_it_its_own_desk_too(
    model: "Model", client: httpx.AsyncClient, code: str, expected: list[str]
) -> None:
    await _incidents(model)
    assert await _names(client, code=code) == expected


async def test_a_zone_of_the_management_tree_means_what_it_runs(
    model: "Model", client: httpx.AsyncClient
) -> None:
    await _incidents(model)
    assert await _names(client, code=ZONE) == []
    assert await _names(client, code=ZONE, tree="management") == ["e"]
    assert await _names(client, code=DISTRICT, tree="management") == ["c", "b", "a"]


async def test_what_moved_away_is_shown_only_when_asked_for(
    model: "Model", client: httpx.AsyncClient
) -> None:
    await _incidents(model)
    assert await _names(client, status="left") == ["d"]
    assert await _names(client, status="all") == ["e", "d", "c", "b", "a"]
    assert await _names(client, status="open") == ["e", "c", "a"]


async def test_a_kind_is_asked_for_as_stated_or_as_the_hubs_own(
    model: "Model", client: httpx.AsyncClient
) -> None:
    await _incidents(model)
    assert len(await _names(client, kind="P41")) == 4
    assert len(await _names(client, kind="noise")) == 4
    assert await _names(client, kind="06028") == []


async def test_pages_meet_without_gap_or_overlap(model: "Model", client: httpx.AsyncClient) -> None:
    await _incidents(model)
    pages = [await _names(client, sort="status", size=2, page=number) for number in (1, 2, 3)]
    assert pages == [["b", "a"], ["c", "e"], []]
    found = await _ask(client, "/api/incidents", size=2, page=2)
    assert (found["total"], found["page"], found["size"]) == (4, 2, 2)


async def _tasks(model: "Model") -> None:
    rows = [
        ("t1", HOME, "dispatched", 1, [{"due_at": 50, "state": "running"}]),
        ("t2", HOME, "closed", 2, []),
        ("t3", STREET, "pending", 3, [{"due_at": 20, "state": "running"}]),
        ("t4", HOME, "paused", 4, [{"due_at": 10, "state": "paused"}]),
    ]
    for name, code, state, at, clocks in rows:
        whole = [{"name": "dispose", "calendar": "natural", "reason": "", **c} for c in clocks]
        model.put(
            "tasks",
            f"{code}/{name}",
            code=code,
            task_id=name,
            state=state,
            opened_at=at,
            updated_at=at,
            kind=NOISE,
            clocks=whole,
        )
    model.put("views.requests", f"{HOME}/r1", code=HOME, task_id="t1", source="city", status="open")
    model.put("views.requests", f"{HOME}/r2", code=HOME, task_id="t1", source="police", joined_at=2)
    model.put("views.requests", f"{HOME}/r3", code=HOME, task_id="t2", source="city", status="left")
    await model.commit()


async def _task_names(client: httpx.AsyncClient, **query: str | int) -> list[str]:
    return [row["task_id"] for row in (await _ask(client, "/api/tasks", **query))["items"]]


async def test_open_and_ended_stand_for_their_states(
    model: "Model", client: httpx.AsyncClient
) -> None:
    await _tasks(model)
    assert await _task_names(client, state="open") == ["t4", "t3", "t1"]
    assert await _task_names(client, state="ended") == ["t2"]
    assert await _task_names(client, state="pending") == ["t3"]
    assert await _task_names(client) == ["t4", "t3", "t2", "t1"]


async def test_a_source_means_tasks_with_a_request_of_it_that_has_not_left(
    model: "Model", client: httpx.AsyncClient
) -> None:
    await _tasks(model)
    assert await _task_names(client, source="city") == ["t1"]
    assert await _task_names(client, source="police") == ["t1"]
    assert await _task_names(client, source="nobody") == []


async def test_what_is_due_first_comes_first_and_what_has_no_running_clock_last(
    model: "Model", client: httpx.AsyncClient
) -> None:
    await _tasks(model)
    assert await _task_names(client, sort="due_at") == ["t3", "t1", "t2", "t4"]


async def test_a_task_shows_its_requests_and_its_history_in_order(
    model: "Model", client: httpx.AsyncClient
) -> None:
    await _tasks(model)
    for version, what in ((2, "joined"), (1, "created")):
        model.put(
            "task.events", "k", event_id=what, task_id="t1", code=HOME, version=version, what=what
        )
    await model.commit()
    found = await _ask(client, "/api/tasks/t1")
    assert [request["source"] for request in found["requests"]] == ["city", "police"]
    assert [event["what"] for event in found["history"]] == ["created", "joined"]
    assert found["task"]["clocks"][0]["due_at"] == 50


async def test_a_task_shows_the_records_of_several_departments_side_by_side(
    model: "Model", client: httpx.AsyncClient
) -> None:
    """A record that was retired from the views leaves its request alone."""
    item = {"list": "ezhou.permit.item", "version": "demo-1", "value": "Y01"}
    model.put("tasks", f"{HOME}/t", code=HOME, task_id="t")
    for at, name in enumerate(("police", "city", "permits", "gone")):
        model.put(
            "views.requests",
            f"{HOME}/{name}",
            code=HOME,
            task_id="t",
            request_id=name,
            department=f"{name}'s",
            source="ezhou.permits" if name == "permits" else name,
            document=f"no. {at}",
            joined_at=at,
        )
    model.put("views.incidents", f"{HOME}/police", code=HOME, kind=POLICE_NOISE, filed=True)
    model.put("views.cases", f"{HOME}/city", code=HOME, kind=NOISE, stage="派遣", kind_id="noise")
    model.put("views.cases", f"{NEXT}/city", code=NEXT, kind=NOISE, stage="作废")
    model.put(
        "views.permits",
        f"{HOME}/permits",
        code=HOME,
        item=item,
        act="opinion",
        stage="accepted",
        channel="hall",
    )
    await model.commit()
    police, city, permits, gone = (await _ask(client, "/api/tasks/t"))["requests"]
    assert (police["department"], police["document"]) == ("police's", "no. 0")
    assert (police["record"]["table"], police["record"]["kind"]) == ("incidents", "P41")
    assert (police["record"]["filed"], police["record"]["stage"]) == (True, None)
    assert (city["record"]["stage"], city["record"]["kind_id"]) == ("派遣", "noise")
    assert (permits["record"]["kind_list"], permits["record"]["kind"]) == (
        "ezhou.permit.item",
        "Y01",
    )
    assert (permits["record"]["kind_id"], permits["record"]["channel"]) == (
        "permit_opinion",
        "hall",
    )
    assert (permits["source_zh"], gone["source_zh"]) == ("政务服务", "gone")
    assert gone["record"] is None


async def test_of_a_task_with_very_many_events_the_newest_are_shown(
    model: "Model", client: httpx.AsyncClient
) -> None:
    model.put("tasks", f"{HOME}/t", code=HOME, task_id="t")
    for at in range(MOST_PARTS + 1):
        model.put("task.events", "k", event_id=f"{at:04}", task_id="t", code=HOME, at=at)
    await model.commit()
    history = (await _ask(client, "/api/tasks/t"))["history"]
    assert [history[0]["at"], history[-1]["at"]] == [1, MOST_PARTS]


async def test_a_task_whose_record_moved_is_shown_at_its_new_code(
    model: "Model", client: httpx.AsyncClient
) -> None:
    """Both have one id: it comes from the record. The old one is there when asked for."""
    for code, state in ((HOME, "dispatched"), (NEXT, "withdrawn")):
        model.put("tasks", f"{code}/t", code=code, task_id="t", state=state)
        model.put("views.requests", f"{code}/r", code=code, task_id="t", record_id=code)
    await model.commit()
    found = await _ask(client, "/api/tasks/t")
    assert (found["task"]["code"], [r["record_id"] for r in found["requests"]]) == (HOME, [HOME])
    assert (await _ask(client, "/api/tasks/t", code=NEXT))["task"]["state"] == "withdrawn"


async def test_tasks_are_counted_by_state_below_a_code(
    model: "Model", client: httpx.AsyncClient
) -> None:
    await _tasks(model)
    states = (await _ask(client, f"/api/units/{HOME}"))["task_states"]
    assert states == {"closed": 1, "dispatched": 1, "paused": 1}
    assert (await _ask(client, "/api/city"))["task_states"]["pending"] == 1


async def test_cases_are_listed_like_incidents(model: "Model", client: httpx.AsyncClient) -> None:
    for name, status in (("a", "void"), ("b", "left"), ("c", "open")):
        model.put("views.cases", f"{HOME}/{name}", code=HOME, status=status, record_id=name)
    await model.commit()
    found = await _ask(client, "/api/cases", code=HOME, sort="-status")
    assert [row["status"] for row in found["items"]] == ["void", "open"]
    assert (await _ask(client, "/api/cases", status="void"))["total"] == 1


def test_the_states_that_end_a_task_are_those_that_may_be_asked_for() -> None:
    assert set(get_args(Ended)) == set(ENDED)
