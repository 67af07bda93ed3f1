"""The tree is the catalogue: these tests test the data."""

import pytest
from town import PlainRows, key_of

from schemas import examples
from schemas.catalogue import Topic, catalogue
from schemas.codec import Codec
from schemas.contract import faults, used
from schemas.errors import UnencodableError
from schemas.events import sealed_fields
from schemas.examples import Accepted, Rejected
from schemas.sealing import owner_of
from streams.community import core
from streams.community.lists import apply_list_part
from streams.community.ports import BadRecordError

TOPICS = list(catalogue().topics.values())
ACCEPTED = list(examples.accepted())
REJECTED = list(examples.rejected())


def _name(example: Accepted | Rejected) -> str:
    return f"{example.schema}: {example.name}"


def test_the_contract_holds() -> None:
    """No orphan, no topic without an owner, no schema without examples, nothing unlocked."""
    assert list(faults(catalogue())) == []


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_every_topic_is_written_and_read_by_somebody_who_is_named(topic: Topic) -> None:
    """Rooms, one adapter of a room, or a department that produces itself."""
    rooms = {"adapters", "streams", "dashboard", "ops", "department"}
    assert {name.split(".")[0] for name in topic.producers + topic.consumers} <= rooms


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_what_is_replayed_is_kept_as_long_as_the_journal(topic: Topic) -> None:
    """The retention of sources and journal is the replay window: one window."""
    journal = catalogue().topics["journal"]
    if topic.source or topic.name == "task.events":
        assert topic.retention_ms == journal.retention_ms
    if topic.cleanup == "compact":
        assert topic.retention_ms == -1


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_keyed_by_code_means_as_many_partitions_as_the_city_has(topic: Topic) -> None:
    """What one code's records say meets in one partition, whatever the topic."""
    if "code" in topic.key or topic.source:
        assert topic.partitions == "city"


def test_what_the_core_handles_is_what_the_catalogue_calls_a_source() -> None:
    """A source without a handler would be acknowledged and lost."""
    assert sorted(core.handlers) == catalogue().sources()


@pytest.mark.parametrize("example", ACCEPTED, ids=_name)
def test_every_accepted_example_comes_back_as_it_was(example: Accepted) -> None:
    """Encoded and decoded, nothing is lost and nothing is added."""
    codec = Codec()
    found = codec.decode(codec.encode(example.schema, example.record), example.schema)
    assert found == (example.schema, example.record)


@pytest.mark.parametrize("example", [e for e in REJECTED if e.refused_by == "codec"], ids=_name)
def test_what_does_not_fit_its_schema_is_refused_by_the_name_of_the_field(
    example: Rejected,
) -> None:
    """The message names the field that the example says, and quotes no value."""
    with pytest.raises(UnencodableError, match=rf"\.{example.reason} is ") as refused:
        Codec().encode(example.schema, example.record)
    assert "某某" not in str(refused.value)
    assert "13800000000" not in str(refused.value)


@pytest.mark.parametrize("example", [e for e in REJECTED if e.refused_by != "codec"], ids=_name)
def test_what_is_against_a_rule_is_refused_by_the_name_of_the_rule(example: Rejected) -> None:
    """It fits its schema; the handler of its topic makes a dead letter of it."""
    codec, topic = Codec(), example.refused_by
    _, record = codec.decode(codec.encode(example.schema, example.record), example.schema)
    with pytest.raises(BadRecordError) as refused:
        core.apply(0, topic, record, PlainRows(), key_of(topic, record))
    assert refused.value.rule == example.reason


def test_examples_of_events_are_sealed_where_the_schema_says_so() -> None:
    """Nobody learns from an example to send a name."""
    seen = 0
    for example in ACCEPTED:
        for field in sealed_fields(example.schema):
            sealed = example.record.get(field)
            if sealed:
                assert owner_of(sealed).startswith(("e1.", "r."))
                seen += 1
    assert seen > 0


def test_every_schema_of_a_source_says_what_each_field_means() -> None:
    """A department reads the schema before it reads any page."""
    for name in used(catalogue()):
        definition = catalogue().definition(name)
        assert definition.get("doc"), name
        assert [f["name"] for f in definition["fields"] if not f.get("doc")] == [], name


def test_times_are_marked_as_times() -> None:
    """Every `..._at` is ms since 1970, for readers outside, too."""
    for name in used(catalogue()):
        for field in catalogue().definition(name)["fields"]:
            if field["name"].endswith("_at"):
                assert "timestamp-millis" in str(field["type"]), (name, field["name"])


def test_a_list_in_an_example_takes_effect() -> None:
    """The accepted list is one that the core really takes."""
    whole = next(e for e in ACCEPTED if e.name == "whole_in_one_part")
    rows = PlainRows()
    part = core.handlers["reference.lists"][0]
    apply_list_part(0, part(**{k: v for k, v in whole.record.items() if k != "source"}), rows)
    assert any(key == "-/lists/kinds/now" for _, key in rows.rows)
