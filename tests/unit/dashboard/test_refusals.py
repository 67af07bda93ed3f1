"""What the API refuses, and what it says then: RFC 9457, and what to do."""

from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from tests.unit.dashboard.conftest import Model

LISTS = tuple(
    f"/api/{name}"
    for name in (
        "incidents",
        "cases",
        "tasks",
        "units",
        "residents",
        "households",
        "permits",
        "transit",
    )
)


@pytest.mark.parametrize("path", LISTS)
async def test_a_wrong_sort_names_the_allowed_ones(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, params={"sort": "summary; DROP TABLE tasks"})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()
    assert "code" in found["allowed"]
    assert "-code" in found["allowed"]
    assert found["instance"] == path


@pytest.mark.parametrize(
    ("path", "name", "value", "hint"),
    [
        ("/api/incidents", "status", "void", "left"),
        ("/api/cases", "status", "OPEN", "void"),
        ("/api/tasks", "state", "done", "disposed"),
        ("/api/units", "level", "province", "street"),
        ("/api/city", "tree", "apple", "management"),
        ("/api/incidents", "code", "420704", "12-digit"),
        ("/api/incidents", "code", "42070400101x", "12-digit"),
        ("/api/incidents", "code", "999999999999", "/api/units"),
        ("/api/tasks", "page", "0", ">= 1"),
        ("/api/tasks", "page", "9999999999", "<= 5000"),
        ("/api/tasks", "page", "one", "int"),
        ("/api/tasks", "size", "201", "<= 200"),
        ("/api/tasks", "size", "-1", ">= 1"),
        ("/api/tasks", "kind", "x" * 65, "64"),
        ("/api/residents", "status", "open", "registered"),
        ("/api/residents", "household", "x" * 129, "128"),
        ("/api/residents", "person", "e1.X", "household"),
        ("/api/households", "size", "201", "<= 200"),
        ("/api/permits", "channel", "post", "hall"),
        ("/api/permits", "act", "nothing", "none"),
        ("/api/permits", "refused", "maybe", "bool"),
        ("/api/permits", "item", "x" * 65, "64"),
        ("/api/transit", "overdue", "maybe", "bool"),
        ("/api/transit", "counterpart", "999999999999", "/api/units"),
        ("/api/units", "q", "x" * 65, "64"),
        ("/api/tasks", "sate", "open", "state"),
        ("/api/health", "verbose", "1", "takes none"),
    ],
)
async def test_a_wrong_parameter_is_refused_with_a_hint(
    client: httpx.AsyncClient, path: str, name: str, value: str, hint: str
) -> None:
    answer = await client.get(path, params={name: value})
    assert answer.status_code == 400
    found = answer.json()
    assert name in found["detail"]
    assert hint in found["detail"] or hint in found["allowed"]


@pytest.mark.parametrize("path", ["/api/tasks?kind=a%00", "/api/tasks/a%00", "/api/units/a%00"])
async def test_a_character_that_no_database_keeps_is_refused(
    client: httpx.AsyncClient, path: str
) -> None:
    """PostgreSQL would fail on it, as if the read model were broken."""
    answer = await client.get(path)
    assert answer.status_code == 400
    assert "NUL" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/api/nothing", "/api/tasks/none/such"])
async def test_a_path_that_is_none_is_a_problem_and_no_page(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_task_that_is_none_says_where_to_look(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/tasks/none")
    assert answer.status_code == 404
    assert "/api/tasks" in answer.json()["detail"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_nothing_can_be_written(client: httpx.AsyncClient, method: str) -> None:
    answer = await client.request(method, "/api/tasks", json={"state": "closed"})
    assert answer.status_code == 405


async def test_quotes_in_a_filter_are_text(model: "Model", client: httpx.AsyncClient) -> None:
    model.put("tasks", "420704001013/t", code="420704001013", task_id="t")
    await model.commit()
    model.put("views.permits", "420704001013/p", code="420704001013")
    await model.commit()
    text = "' OR '1'='1"
    for path, name in (
        ("tasks", "source"),
        ("tasks", "kind"),
        ("permits", "item"),
        ("residents", "household"),
        ("units", "q"),
    ):
        answer = await client.get(f"/api/{path}", params={name: text})
        assert (answer.status_code, answer.json()["total"]) == (200, 0)
