"""The read-only registry: it answers what Confluent clients ask, and takes nothing new."""

import json
from typing import Any

import httpx
import pytest

from dashboard.subjects import Subjects
from schemas.catalogue import Definition, catalogue
from schemas.naming import Lineage, Names

MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"
SUBJECT = "intake.city.cases-value"
BASE = "/registry/subjects"
HEADERS = {"content-type": MEDIA_TYPE}


def _text() -> Definition:
    return catalogue().definition("shequ.intake.city.Case")


def _body(text: object) -> bytes:
    said = text if isinstance(text, str) else json.dumps(text)
    return json.dumps({"schema": said}).encode()


def _grown(**more: object) -> Definition:
    field = {"name": "colour", "type": "string", **more}
    return {**_text(), "fields": [*_text()["fields"], field]}


async def _post(client: httpx.AsyncClient, path: str, text: object) -> httpx.Response:
    return await client.post(path, content=_body(text), headers=HEADERS)


def _refused(answer: httpx.Response) -> tuple[int, int]:
    assert answer.headers["content-type"].startswith(MEDIA_TYPE)
    found = answer.json()
    assert found.keys() == {"error_code", "message"}
    assert found["message"]
    return answer.status_code, found["error_code"]


async def test_registering_what_exists_succeeds_and_gives_its_id(client: httpx.AsyncClient) -> None:
    latest = (await client.get(f"{BASE}/{SUBJECT}/versions/latest")).json()
    for text in (latest["schema"], _text(), _spelled_otherwise(_text())):
        answer = await _post(client, f"{BASE}/{SUBJECT}/versions?normalize=false", text)
        assert (answer.status_code, answer.json()["id"]) == (200, latest["id"])
        found = await _post(client, f"{BASE}/{SUBJECT}?deleted=false", text)
        assert (found.status_code, found.json()) == (200, latest)


def _spelled_otherwise(node: Any) -> Any:  # noqa: ANN401 - any part of a schema
    """The schema as another library prints it: no documentation, plain types as objects."""
    if isinstance(node, list):
        return [_spelled_otherwise(one) for one in node]
    if isinstance(node, dict):
        kept = {name: value for name, value in node.items() if name != "doc"}
        return {name: _spelled_otherwise(value) for name, value in kept.items()}
    return {"type": "string", "avro.java.string": "String"} if node == "string" else node


@pytest.mark.parametrize(
    ("text", "status", "code", "reason"),
    [
        (_grown(default=""), 422, 42205, "none like it"),
        (_grown(), 409, 409, "/colour"),
        ({**_text(), "name": "Other"}, 409, 409, "expected: shequ.intake.city.Case"),
        ("no schema", 422, 42201, "no Avro schema"),
        ('{"type": "record", "name": "A", "fields": 5}', 422, 42201, "no Avro schema"),
        ('"string"', 422, 42201, "no record"),
        (
            '{"type": "record", "name": "A", "fields": [{"name": "a", "type": "B"}]}',
            422,
            42201,
            "B",
        ),
    ],
)
async def test_anything_new_is_refused_with_the_reason(
    client: httpx.AsyncClient, text: object, status: int, code: int, reason: str
) -> None:
    answer = await _post(client, f"{BASE}/{SUBJECT}/versions", text)
    assert _refused(answer) == (status, code)
    assert reason in answer.json()["message"]


@pytest.mark.parametrize(
    ("topic", "schema"),
    [
        ("intake.city.cases", "shequ.intake.city.Case"),
        ("intake.household.moves", "shequ.intake.household.Move"),
    ],
)
async def test_every_topic_that_departments_write_is_answered_whole(
    client: httpx.AsyncClient, topic: str, schema: str
) -> None:
    """Subjects, versions, ids, lookup, config, compatibility: all that a client may ask."""
    subject, text = f"{topic}-value", catalogue().definition(schema)
    assert subject in (await client.get(BASE)).json()
    (*_, newest) = (await client.get(f"{BASE}/{subject}/versions")).json()
    latest = (await client.get(f"{BASE}/{subject}/versions/latest")).json()
    assert (latest["subject"], latest["version"]) == (subject, newest)
    assert json.loads(latest["schema"]) == text
    by_id = (await client.get(f"/registry/schemas/ids/{latest['id']}")).json()
    assert json.loads(by_id["schema"]) == text
    assert (await _post(client, f"{BASE}/{subject}", text)).json() == latest
    registered = await _post(client, f"{BASE}/{subject}/versions", text)
    assert registered.json()["id"] == latest["id"]
    found = (await client.get(f"/registry/config/{subject}?defaultToGlobal=true")).json()
    assert found == {"compatibilityLevel": "BACKWARD_TRANSITIVE"}
    path = f"/registry/compatibility/subjects/{subject}/versions/latest"
    assert (await _post(client, path, text)).json()["is_compatible"]
    other = {**text, "name": "Other"}
    assert _refused(await _post(client, f"{BASE}/{subject}/versions", other)) == (409, 409)
    assert not (await _post(client, path, other)).json()["is_compatible"]


async def test_a_new_subject_is_refused(client: httpx.AsyncClient) -> None:
    answer = await _post(client, f"{BASE}/nobody-value/versions", _text())
    assert _refused(answer) == (422, 42205)
    assert "nobody-value" in answer.json()["message"]


async def test_what_does_not_exist_is_not_found_by_lookup(client: httpx.AsyncClient) -> None:
    assert _refused(await _post(client, f"{BASE}/nobody-value", _text())) == (404, 40401)
    assert _refused(await _post(client, f"{BASE}/{SUBJECT}", _grown(default=""))) == (404, 40403)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"schema": 5}', b'{"nothing": "here"}'])
async def test_a_body_that_is_none_is_refused_in_confluents_form(
    client: httpx.AsyncClient, body: bytes
) -> None:
    for path in (f"{BASE}/{SUBJECT}/versions", f"{BASE}/{SUBJECT}"):
        answer = await client.post(path, content=body, headers=HEADERS)
        assert _refused(answer) == (422, 42201)


async def test_other_formats_and_references_are_refused(client: httpx.AsyncClient) -> None:
    for more in ({"schemaType": "JSON"}, {"references": [{"name": "a"}]}):
        body = {"schema": json.dumps(_text()), **more}
        answer = await client.post(f"{BASE}/{SUBJECT}/versions", json=body)
        assert _refused(answer) == (422, 42201)


async def test_compatibility_is_answered_by_the_hubs_own_rules(client: httpx.AsyncClient) -> None:
    path = f"/registry/compatibility/subjects/{SUBJECT}/versions"
    times = [{**f, "type": "long"} if f["name"] == "occurred_at" else f for f in _text()["fields"]]
    for text, fits, reason in (
        (_text(), True, ""),
        (_grown(default=""), True, ""),
        (_grown(), False, "colour"),
        ({**_text(), "fields": times}, False, "logical type"),
    ):
        for versions in (path, f"{path}/latest?verbose=true", f"{path}/1"):
            found = (await _post(client, versions, text)).json()
            assert found["is_compatible"] is fits
            assert reason in " ".join(found["messages"])
    assert _refused(await _post(client, f"{path}/99", _text())) == (404, 40402)
    assert _refused(await _post(client, path.replace("city", "no"), _text())) == (404, 40401)


async def test_it_says_that_it_only_reads_and_which_changes_fit(client: httpx.AsyncClient) -> None:
    for path in ("/registry/config", f"/registry/config/{SUBJECT}?defaultToGlobal=true"):
        found = (await client.get(path)).json()
        assert found == {"compatibilityLevel": "BACKWARD_TRANSITIVE"}
    for path in ("/registry/mode", f"/registry/mode/{SUBJECT}"):
        assert (await client.get(path)).json() == {"mode": "READONLY"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/registry/config"),
        ("PUT", f"/registry/config/{SUBJECT}"),
        ("PUT", "/registry/mode?force=true"),
        ("DELETE", f"{BASE}/{SUBJECT}"),
        ("DELETE", f"{BASE}/{SUBJECT}/versions/1"),
        ("DELETE", f"/registry/config/{SUBJECT}"),
    ],
)
async def test_nothing_can_be_set_or_deleted(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    answer = await client.request(method, path, content=b'{"mode": "READWRITE"}')
    assert _refused(answer) == (422, 42205)


async def test_an_id_says_which_subjects_have_it(client: httpx.AsyncClient) -> None:
    latest = (await client.get(f"{BASE}/{SUBJECT}/versions/latest")).json()
    by_id = f"/registry/schemas/ids/{latest['id']}"
    wanted = [{"subject": SUBJECT, "version": latest["version"]}]
    assert (await client.get(f"{by_id}/versions")).json() == wanted
    assert (await client.get(f"{by_id}/subjects")).json() == [SUBJECT]
    text = (await client.get(f"{BASE}/{SUBJECT}/versions/latest/schema")).text
    assert json.loads(text) == _text()
    assert _refused(await client.get("/registry/schemas/ids/99999/versions")) == (404, 40403)


def test_subjects_are_those_that_a_client_asks_for_by_the_topics_real_name() -> None:
    """With a prefix, and with the lineage of the views; the catalogue's name is known, too."""
    names = Names(Lineage("community", 2), "west.")
    found = Subjects(catalogue(), names)
    assert "west.intake.city.cases-value" in found.names()
    assert "west.tasks.v2-value" in found.names()
    for subject in ("west.tasks.v2-value", "tasks-value"):
        assert [entry.subject for entry in found.versions(subject)] == ["shequ.tasks.Task"]


@pytest.mark.parametrize("path", ["", "/", "/nope", "/subjects/a/nope", "/dek-registry/v1/keks"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
async def test_a_path_that_is_not_there_is_answered_as_clients_of_a_registry_read_it(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    answer = await client.request(method, f"/registry{path}")
    assert _refused(answer) in {(404, 404), (405, 405)}
    assert _refused(await client.get(f"/registry{path}")) == (404, 404)


@pytest.mark.parametrize("path", ["/api/nope", "/registrynope.js"])
async def test_other_paths_are_answered_in_the_apis_own_form(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["status"]) == (404, 404)


async def test_there_is_the_default_context_only(client: httpx.AsyncClient) -> None:
    answer = await client.get("/registry/contexts")
    assert (answer.status_code, answer.json()) == (200, ["."])
