"""Names, borders, schemas: what the pages and other systems look up."""

from typing import get_args

import httpx

from dashboard.api import params
from dashboard.model.transits import MOVING
from dashboard.words import names
from schemas.catalogue import catalogue
from schemas.naming import Names


async def test_every_kind_has_a_chinese_and_an_english_name(client: httpx.AsyncClient) -> None:
    found = (await client.get("/api/kinds")).json()
    by_value = {kind["value"]: kind for kind in found["items"]}
    assert (by_value["P41"]["kind_id"], by_value["P41"]["zh"]) == ("noise", "噪声扰民")
    assert {kind["kind_id"] for kind in found["items"]} <= {k["kind_id"] for k in found["hub"]}
    assert all(kind["zh"] and kind["en"] for kind in found["items"] + found["hub"])


async def test_codes_of_departments_and_the_hubs_own_words_have_names(
    client: httpx.AsyncClient,
) -> None:
    found = (await client.get("/api/codes")).json()
    lists = {
        one["name"]: {row["value"]: row["zh"] for row in one["rows"]} for one in found["items"]
    }
    assert lists["permit_item"]["Y01"] == "食品经营许可"
    assert lists["relation"]["02"] == "户主"
    assert lists["community_proof"]["08"] == "婚姻状况证明"
    words = {
        one["name"]: {row["value"]: row["en"] for row in one["rows"]} for one in found["words"]
    }
    assert (words["channel"]["hall"], words["change"]["birth"]) == ("Service hall", "Birth")


def test_every_word_of_a_filter_has_a_name() -> None:
    """And nothing has a name that no filter, no source and no system is called by."""
    fields = {
        "act": set(get_args(params.Act)) - {"any", "none"},
        "resident_status": set(get_args(params.ResidentStatus)) - {"all"},
        "status": set(get_args(params.CaseStatus)) - {"all"},
        "channel": {"network", "app", "terminal", "hall"},
        "record": set(MOVING),
        "system": set(names().topics.values()),
    }
    assert {name: set(names().words[name].rows) for name in fields} == fields


def test_every_source_topic_has_a_system_and_every_adapter_of_the_catalogue_a_name() -> None:
    """Also those that forward what departments produce themselves."""
    brought = {
        topic.name: topic.producers
        for topic in catalogue().topics.values()
        if topic.source and any(name.startswith("adapters.") for name in topic.producers)
    }
    assert set(brought) == set(names().topics)
    adapters = {name.removeprefix("adapters.") for found in brought.values() for name in found}
    assert adapters <= set(names().words["adapter"].rows)


async def test_the_map_has_the_districts_under_their_12_digits(client: httpx.AsyncClient) -> None:
    found = (await client.get("/api/map")).json()
    codes = {feature["properties"]["code"] for feature in found["features"]}
    assert codes == {"420702000000", "420703000000", "420704000000"}


async def test_a_confluent_client_finds_schemas_by_subject_and_by_id(
    client: httpx.AsyncClient,
) -> None:
    subjects = (await client.get("/registry/subjects")).json()
    assert "police.incidents-value" in subjects
    latest = (await client.get("/registry/subjects/police.incidents-value/versions/latest")).json()
    assert '"name":"Incident"' in latest["schema"]
    by_id = (await client.get(f"/registry/schemas/ids/{latest['id']}")).json()
    assert by_id["schema"] == latest["schema"]
    versions = await client.get("/registry/subjects/police.incidents-value/versions")
    assert latest["version"] in versions.json()
    assert versions.headers["content-type"].startswith("application/vnd.schemaregistry.v1+json")


async def test_the_registry_answers_errors_as_confluent_clients_expect(
    client: httpx.AsyncClient,
) -> None:
    for path, code in (
        ("/registry/subjects/nobody-value/versions/latest", 40401),
        ("/registry/subjects/nobody-value/versions", 40401),
        ("/registry/subjects/police.incidents-value/versions/999", 40402),
        ("/registry/schemas/ids/999999", 40403),
    ):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["error_code"]) == (404, code)


async def test_every_topic_of_the_catalogue_has_a_subject(client: httpx.AsyncClient) -> None:
    subjects = (await client.get("/registry/subjects")).json()
    names = Names()
    assert set(subjects) == {f"{names.topic(topic)}-value" for topic in catalogue().topics.values()}
