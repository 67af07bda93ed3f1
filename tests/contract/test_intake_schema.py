"""What a department writes follows from the sealed schema: nothing sealed, nothing computed."""

import pytest

from ops.settings import Settings
from ops.topics import wanted_topics
from schemas import intake
from schemas.catalogue import Definition, Topic, catalogue
from schemas.codec import Codec
from schemas.events import sealed_fields

INTAKES = [topic for name, topic in catalogue().topics.items() if name.startswith(intake.PREFIX)]
DAY_MS = 86_400_000


def _fields(definition: Definition) -> dict[str, Definition]:
    return {field["name"]: field for field in definition["fields"]}


@pytest.mark.parametrize("topic", INTAKES, ids=lambda topic: topic.name)
def test_it_has_every_field_of_the_source_and_nothing_sealed(topic: Topic) -> None:
    source = catalogue().topics[topic.name.removeprefix(intake.PREFIX)]
    assert topic.schema == intake.name_of(source.schema)
    stated = _fields(catalogue().definition(topic.schema))
    assert stated.keys() == _fields(catalogue().definition(source.schema)).keys()
    assert sealed_fields(topic.schema) == {}
    for name, inside in sealed_fields(source.schema).items():
        assert stated[name]["type"] == ["null", catalogue().definition(inside)]


@pytest.mark.parametrize("topic", INTAKES, ids=lambda topic: topic.name)
def test_what_the_hub_computes_can_be_left_out_and_says_so(topic: Topic) -> None:
    stated = _fields(catalogue().definition(topic.schema))
    for path in sorted(intake.COMPUTED | intake.OPTIONAL):
        above, _, name = path.rpartition(".")
        fields = stated
        if above:
            kinds = stated[above]["type"]
            records = [one for one in [kinds, *kinds] if isinstance(one, dict)]
            fields = _fields(records[0])
        assert "default" in fields[name], path
        said = "Leave it out, " if path in intake.COMPUTED else "Optional: "
        assert fields[name]["doc"].startswith(said), path


@pytest.mark.parametrize("topic", INTAKES, ids=lambda topic: topic.name)
def test_it_is_the_departments_and_the_intakes_alone_and_gone_within_days(topic: Topic) -> None:
    """It holds personal data in the clear; Kafka drops whole segments, so they are short."""
    assert all(producer.startswith("department.") for producer in topic.producers)
    assert topic.consumers == ["adapters.kafka_intake"]
    assert "unsealed" in topic.classification
    assert 0 < topic.retention_ms <= 3 * DAY_MS
    wanted = {one.name: one.configs for one in wanted_topics(Settings(), "")}
    assert wanted[topic.name]["segment.ms"] == str(DAY_MS // 24)
    assert "segment.ms" not in wanted[topic.name.removeprefix(intake.PREFIX)]


def test_a_department_states_only_what_it_knows() -> None:
    """Six fields are a case."""
    stated = {
        "record_id": "1",
        "version": {"order": 1},
        "occurred_at": 1_795_134_665_000,
        "category": "event",
        "kind": {"list": "GB/T 47678.5", "version": "2026", "value": "06028"},
        "stage": "受理",
    }
    codec = Codec()
    _, found = codec.decode(codec.encode("shequ.intake.city.Case", stated))
    assert found["record_id"] == "1"
    assert found["version"] == {"order": 1, "hash": None}
    assert found["place"] is found["personal"] is None
