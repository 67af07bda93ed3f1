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
LEAST: dict[str, dict[str, object]] = {
    "shequ.intake.city.Case": {
        "category": "event",
        "kind": {"list": "GB/T 47678.5", "version": "2026", "value": "06028"},
        "stage": "受理",
    },
    "shequ.intake.household.Move": {"change": "move_in"},
}
"""What a department must state beside number, order and time."""


def _fields(definition: Definition) -> dict[str, Definition]:
    return {field["name"]: field for field in definition["fields"]}


def _field_at(topic: Topic, path: str) -> Definition | None:
    """The field of a path; None where the schema has none."""
    fields = _fields(catalogue().definition(topic.schema))
    above, _, name = path.rpartition(".")
    if above:
        kinds = fields[above]["type"]
        (record,) = [one for one in [kinds, *kinds] if isinstance(one, dict)]
        fields = _fields(record)
    return fields.get(name)


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
    """As far as the schema has it: a move has no summary, a case no household."""
    for path in intake.COMPUTED | intake.OPTIONAL:
        if (field := _field_at(topic, path)) is not None:
            assert "default" in field, path
            said = "Leave it out, " if path in intake.COMPUTED else "Optional: "
            assert field["doc"].startswith(said), path


@pytest.mark.parametrize("path", sorted(intake.COMPUTED | intake.OPTIONAL))
def test_no_path_is_named_that_nobody_has(path: str) -> None:
    assert any(_field_at(topic, path) for topic in INTAKES)


@pytest.mark.parametrize(
    ("schema", "computed"),
    [
        ("shequ.intake.city.Case", {"person", "summary"}),
        ("shequ.intake.household.Move", {"person", "household"}),
    ],
)
def test_no_pseudonym_and_no_redacted_text_is_asked_of_a_department(
    schema: str, computed: set[str]
) -> None:
    stated = _fields(catalogue().definition(schema))
    for name in computed:
        assert stated[name]["doc"].startswith("Leave it out, "), name


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


@pytest.mark.parametrize("schema", LEAST)
def test_a_department_states_only_what_it_knows(schema: str) -> None:
    """Six fields are a case, four a move."""
    named = {"record_id": "1", "version": {"order": 1}, "occurred_at": 1_795_134_665_000}
    codec = Codec()
    _, found = codec.decode(codec.encode(schema, {**named, **LEAST[schema]}))
    assert found["record_id"] == "1"
    assert found["version"] == {"order": 1, "hash": None}
    assert found["place"] is found["personal"] is None
