"""Residents, households and permits are filtered, sorted and paged; nobody is named."""

from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from tests.unit.dashboard.conftest import Model

STREET, HOME, NEXT = "420704001000", "420704001013", "420704002001"
HEAD = {"list": "GB/T 4761", "version": "2008", "value": "02"}
ITEM = {"list": "ezhou.permit.item", "version": "demo-1", "value": "Y06"}
PROOF = {"list": "hubei.community_proof", "version": "2021", "value": "08"}
REFUSAL = {
    "rule": "proof.prohibited",
    "list": "prohibited_proofs",
    "list_version": "1",
    "value": "08",
    "evidence": "婚姻状况证明; 婚姻登记机关; 婚姻登记条例",
}


async def _ask(client: httpx.AsyncClient, path: str, **query: str) -> dict[str, Any]:
    answer = await client.get(f"/api/{path}", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def _numbers(client: httpx.AsyncClient, path: str, **query: str) -> list[str]:
    return [row["record_id"] for row in (await _ask(client, path, **query))["items"]]


async def _residents(model: "Model") -> None:
    for number, code, status, household in (
        ("RK1", HOME, "registered", "e1.A"),
        ("RK2", HOME, "registered", "e1.A"),
        ("RK3", HOME, "cancelled", "e1.A"),
        ("RK4", HOME, "left", "e1.A"),
        ("RK5", STREET, "registered", "e1.B"),
        ("RK6", NEXT, "registered", None),
    ):
        model.put(
            "views.residents",
            f"{code}/{number}",
            code=code,
            status=status,
            record_id=number,
            household=household,
            relation=HEAD,
            person="e1.NOBODY",
            change="move_in",
        )
    await model.commit()


async def test_residents_are_asked_for_by_code_state_and_household(
    model: "Model", client: httpx.AsyncClient
) -> None:
    await _residents(model)
    assert await _numbers(client, "residents") == ["RK5", "RK1", "RK2", "RK3", "RK6"]
    assert await _numbers(client, "residents", code=STREET) == ["RK5", "RK1", "RK2", "RK3"]
    assert await _numbers(client, "residents", household="e1.A") == ["RK1", "RK2", "RK3"]
    assert await _numbers(client, "residents", status="cancelled") == ["RK3"]
    assert await _numbers(client, "residents", status="left", household="e1.A") == ["RK4"]


async def test_a_resident_has_its_codes_with_their_lists_and_no_pseudonym_of_the_person(
    model: "Model", client: httpx.AsyncClient
) -> None:
    await _residents(model)
    found = (await _ask(client, "residents", household="e1.A", size="1"))["items"][0]
    assert (found["relation_list"], found["relation"], found["sex"]) == ("GB/T 4761", "02", None)
    assert "e1.NOBODY" not in str(found)
    assert "e1.NOBODY" not in str(await model.rows("residents"))


async def test_a_resident_who_comes_back_is_one_row(
    model: "Model", client: httpx.AsyncClient
) -> None:
    await _residents(model)
    model.drop("views.residents", f"{HOME}/RK4")
    model.put("views.residents", f"{HOME}/RK1", code=HOME, status="left", record_id="RK1")
    model.put("views.residents", f"{HOME}/RK1", code=HOME, status="registered", record_id="RK1")
    await model.commit()
    assert await _numbers(client, "residents", code=HOME, status="all") == ["RK1", "RK2", "RK3"]


async def test_households_are_listed_with_their_head_the_fullest_first(
    model: "Model", client: httpx.AsyncClient
) -> None:
    for household, code, members in (("e1.A", HOME, 2), ("e1.B", HOME, 5), ("e1.A", NEXT, 1)):
        model.put(
            "views.households",
            f"{code}/{household}",
            code=code,
            household=household,
            members=members,
            head="RK1",
        )
    await model.commit()
    found = (await _ask(client, "households", code=HOME, sort="-members"))["items"]
    assert [(row["household"], row["members"]) for row in found] == [("e1.B", 5), ("e1.A", 2)]
    assert found[0]["head"] == "RK1"
    split = (await _ask(client, "households", household="e1.A"))["items"]
    assert [row["code"] for row in split] == [HOME, NEXT]
    model.drop("views.households", f"{HOME}/e1.A")
    await model.commit()
    assert (await _ask(client, "households", household="e1.A"))["total"] == 1


async def _permits(model: "Model") -> None:
    for at, (number, channel, status, act, refusal) in enumerate(
        [
            ("S1", "network", "open", "opinion", None),
            ("S2", "hall", "closed", "proof", REFUSAL),
            ("S3", "hall", "open", None, None),
            ("S4", "app", "left", "site_check", None),
        ]
    ):
        model.put(
            "views.permits",
            f"{HOME}/{number}",
            code=HOME,
            record_id=number,
            status=status,
            channel=channel,
            act=act,
            refusal=refusal,
            proof=PROOF if refusal else None,
            item=ITEM if act else {**ITEM, "value": "Y07"},
            occurred_at=at,
        )
    await model.commit()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["S3", "S2", "S1"]),
        ({"status": "all"}, ["S4", "S3", "S2", "S1"]),
        ({"status": "open"}, ["S3", "S1"]),
        ({"channel": "hall"}, ["S3", "S2"]),
        ({"item": "Y06"}, ["S2", "S1"]),
        ({"act": "proof"}, ["S2"]),
        ({"act": "any"}, ["S2", "S1"]),
        ({"act": "none"}, ["S3"]),
        ({"refused": "true"}, ["S2"]),
        ({"refused": "false", "sort": "occurred_at"}, ["S1", "S3"]),
        ({"code": NEXT}, []),
    ],
)
async def test_permits_are_asked_for_by_item_channel_act_and_refusal(
    model: "Model", client: httpx.AsyncClient, query: dict[str, str], expected: list[str]
) -> None:
    await _permits(model)
    assert await _numbers(client, "permits", **query) == expected


async def test_a_refused_permit_says_by_which_entry_of_which_list(
    model: "Model", client: httpx.AsyncClient
) -> None:
    await _permits(model)
    [found] = (await _ask(client, "permits", refused="true"))["items"]
    assert {name: found[f"refusal_{name}"] for name in REFUSAL} == REFUSAL
    assert (found["proof_list"], found["proof"], found["refused"]) == (*_stated(PROOF), True)
    [other] = (await _ask(client, "permits", channel="network"))["items"]
    assert (other["refusal_rule"], other["proof"], other["refused"]) == (None, None, False)


def _stated(code: dict[str, str]) -> tuple[str, str]:
    return code["list"], code["value"]
