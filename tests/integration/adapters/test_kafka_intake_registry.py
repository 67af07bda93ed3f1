"""Whose registry gave the ids: the hub's, or a city's own, here, away, or of another mind."""

import json
import signal
from pathlib import Path

import pytest
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError

from tests.integration.adapters.apicurio import apicurio
from tests.integration.adapters.department import (
    CASES,
    ROADS,
    Department,
    Road,
    case,
    hub_at,
    hubs_registry,
)
from tests.integration.adapters.town import Hub, Running, Until


async def test_while_the_citys_registry_is_away_the_intake_waits_and_loses_nothing(
    bootstrap: str, tmp_path: Path, until: Until, running: Running
) -> None:
    """It cannot know what the ids stand for: it says so, and makes no letters of them."""
    hub = await hub_at(bootstrap, tmp_path)
    async with apicurio(hub, until) as registry:
        hub.environment["SHEQU_KAFKA_INTAKE__REGISTRY"] = registry.url
        hub.environment["SHEQU_KAFKA_INTAKE__TIMEOUT_SECONDS"] = "0.5"
        await Department(hub, registry.url).run_readme([case(str(n)) for n in range(20)])
        registry.process.send_signal(signal.SIGSTOP)
        process = await running(hub, CASES.name)
        log = tmp_path / f"{CASES.name}.log"
        await until(lambda: "KAFKA_INTAKE__REGISTRY" in log.read_text(), limit=30, what="retrying")
        registry.process.send_signal(signal.SIGCONT)
        await until(lambda: _stand(hub, CASES.source, 20), limit=60, what="20 events")
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    assert await hub.count(CASES.letters) == 0


async def _stand(hub: Hub, topic: str, number: int) -> bool:
    return await hub.count(topic) == number


async def test_the_hubs_registry_may_be_away_while_the_intake_reads(
    bootstrap: str, tmp_path: Path, until: Until
) -> None:
    hub = await hub_at(bootstrap, tmp_path)
    async with hubs_registry(hub, until) as url:
        department = Department(hub, url)
        await department.run_readme()
    assert await department.once() == 0
    assert len(await department.events()) == 1


@pytest.mark.parametrize("road", ROADS, ids=lambda road: road.name)
async def test_a_schema_that_the_department_changed_itself_is_a_letter(
    bootstrap: str, tmp_path: Path, until: Until, road: Road
) -> None:
    """A city's own registry may take it; the hub's contract is what counts."""
    hub = await hub_at(bootstrap, tmp_path)
    async with apicurio(hub, until) as registry:
        hub.environment["SHEQU_KAFKA_INTAKE__REGISTRY"] = registry.url
        department = Department(hub, registry.url, road)
        ours = department.framed(road.record("ours"))
        with SchemaRegistryClient({"url": registry.url}) as client:
            subject = f"{department.topic}-value"
            text = json.loads(client.get_latest_version(subject).schema.schema_str)
            text["fields"].append({"name": "colour", "type": ["null", "string"], "default": None})
            client.register_schema(subject, Schema(json.dumps(text), "AVRO"))
        department.write([ours, department.framed(road.record("theirs", colour="red"))])
        assert await department.once() == 0
    assert [event["record_id"] for event in await department.events()] == ["ours"]
    (letter,) = await department.letters()
    assert letter["rule"] == "record.shape"
    assert "newest schema of the topic" in letter["advice"]


@pytest.mark.parametrize("road", ROADS, ids=lambda road: road.name)
async def test_another_schema_is_refused_by_the_registry_with_the_reason(
    department: Department, road: Road
) -> None:
    """As an ordinary client sees it, for each topic."""
    subject = f"{department.on(road).topic}-value"
    name = {"kafka_intake": "city.Case", "kafka_intake_moves": "household.Move"}[road.name]
    with SchemaRegistryClient({"url": department.registry}) as registry:
        latest = registry.get_latest_version(subject)
        assert subject in registry.get_subjects()
        assert latest.version in registry.get_versions(subject)
        assert registry.get_schema(latest.schema_id).schema_str == latest.schema.schema_str
        assert registry.register_schema(subject, latest.schema) == latest.schema_id
        assert registry.lookup_schema(subject, latest.schema).version == latest.version
        assert registry.test_compatibility(subject, latest.schema)
        assert registry.get_compatibility(subject) == "BACKWARD_TRANSITIVE"
        other = Schema('{"type": "record", "name": "Mine", "fields": []}', "AVRO")
        assert not registry.test_compatibility(subject, other)
        with pytest.raises(SchemaRegistryError, match="read-only") as refused:
            registry.register_schema("mine-value", other)
        assert (refused.value.http_status_code, refused.value.error_code) == (422, 42205)
        with pytest.raises(SchemaRegistryError, match=rf"shequ\.intake\.{name}") as refused:
            registry.register_schema(subject, other)
        assert refused.value.http_status_code == 409
