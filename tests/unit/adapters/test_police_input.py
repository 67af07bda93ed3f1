"""What the incident system may do wrong, and what then becomes of it: the table of the README."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from adapters.kit.adapter import Row
from adapters.kit.bench import Bench
from adapters.kit.conformance import fixtures_of
from adapters.kit.errors import HaltError
from adapters.kit.events import Outgoing
from adapters.kit.share import BadShare
from adapters.kit.times import china
from adapters.police_incidents import ADAPTER
from adapters.police_incidents.settings import PoliceIncidentsSettings
from adapters.police_incidents.source import WATERMARK, PagedSource, open_source
from ops.simulator.police_system import served
from schemas.codec import Codec
from tests.unit.adapters.test_police_source import MINUTE, START, System, walk

REQUIRED = ("jqbh", "jqlb", "bjsj", "gxsj", "zt", "sfla", "sfzsq")


def incident(at: int = START, **changes: str | None) -> Row:
    """The first fixture's incident, as it stood at `at` ms UTC."""
    return Row({**fixtures_of(ADAPTER)[0].row, "gxsj": china(at), **changes}, "page")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(ADAPTER, tmp_path, [])
    yield made
    made.parts.close()


@pytest.fixture
async def system() -> System:
    return System()


@pytest.fixture
async def address(system: System) -> AsyncIterator[str]:
    async with served(system.application()) as url:
        yield url


def source(address: str, *, overlap: float = 10, since: int = 0) -> PagedSource:
    settings = PoliceIncidentsSettings(
        base_url=address, api_key="key", page_size=3, poll_seconds=0.01, overlap_minutes=overlap
    )
    return open_source(settings, {WATERMARK: str(since)})


def stated(messages: list[Outgoing]) -> list[dict[str, object]]:
    return [dict(Codec().decode(message.value)[1]) for message in messages]


def test_a_field_that_is_added_is_no_news(bench: Bench) -> None:
    assert len(bench.carry([incident()]).outgoing) == 1
    for value in ("a", "b"):
        work = bench.carry([incident(xzzd=value)])
        assert (work.outgoing, work.letters) == ([], {})


@pytest.mark.parametrize("field", REQUIRED)
def test_a_renamed_field_that_must_be_there_makes_letters_and_then_a_halt(
    bench: Bench, field: str
) -> None:
    rows = []
    for number in range(3):
        raw = dict(incident(jqbh=f"J{number}").raw)
        raw["new_name"] = raw.pop(field)
        rows.append(Row(raw, "page"))
    work = bench.carry(rows)
    assert work.outgoing == []
    letters = stated(list(work.letters.values()))
    assert {(letter["rule"], letter["field"]) for letter in letters} <= {
        ("field.missing", field),
        ("code.unknown_state", field),
    }
    assert len(letters) == len(rows)
    with pytest.raises(HaltError, match="mostly_bad"):
        BadShare(most=0.5, window=3).add(used=work.used, bad=work.bad)


def test_a_renamed_field_that_may_be_empty_reads_as_empty(bench: Bench) -> None:
    raw = dict(incident(dz="").raw)
    raw["new_name"] = raw.pop("sqdm")
    (event,) = stated(bench.carry([Row({**raw, "jd": "", "wd": ""}, "page")]).outgoing)
    assert event["community"] == "420700000000"


async def test_rows_without_a_readable_update_time_are_read_and_the_walk_ends(
    system: System, address: str
) -> None:
    rows = [{"jqbh": f"J{number}", "updated": china(START)} for number in range(3)]
    system.body = json.dumps({"code": 0, "total": 3, "page": 1, "pages": 1, "rows": rows})
    reading = source(address)
    batch = await reading.read()
    assert batch is not None
    assert len(batch.rows) == 3
    assert await reading.read() is None
    await reading.close()


async def test_of_an_answer_in_gb18030_all_is_read_but_its_words(
    system: System, address: str
) -> None:
    row = {"jqbh": "J1", "gxsj": china(START), "jqnr": "邻居放音响"}
    answer = {"code": 0, "total": 1, "page": 1, "pages": 1, "rows": [row]}
    encoded = json.dumps(answer, ensure_ascii=False).encode("gb18030")
    system.body = encoded.decode(errors="surrogateescape")
    reading = source(address)
    batch = await reading.read()
    assert batch is not None
    assert batch.rows[0].raw["jqbh"] == "J1"
    assert "\ufffd" in str(batch.rows[0].raw["jqnr"])
    await reading.close()


async def test_what_a_clock_set_back_dates_before_the_overlap_is_found_with_a_longer_one(
    system: System, address: str
) -> None:
    system.put("J1", 0)
    system.put("clock back", -60 * MINUTE)
    for overlap, found in ((10, ["J1"]), (61, ["clock back", "J1"])):
        reading = source(address, overlap=overlap, since=START)
        assert [number for number, _ in await walk(reading)] == found
        await reading.close()


def test_a_version_from_the_future_is_followed_by_those_before_it_under_their_own_time(
    bench: Bench,
) -> None:
    future = START + 100 * 86_400_000
    bench.carry([incident(future)])
    sent = stated(bench.carry([incident(START, zt="1")]).outgoing)
    assert [event["version"]["order"] for event in sent] == [START]  # type: ignore[index]


async def test_an_incident_that_is_deleted_stays_as_it_was(system: System, address: str) -> None:
    system.put("J1", 0)
    system.put("J2", 1)
    reading = source(address)
    assert len(await walk(reading)) == 2
    del system.rows["J1"]
    batch = await reading.read()
    assert batch is not None
    assert (list(batch.rows), list(batch.rejected), list(batch.gone)) == ([], [], [])
    await reading.close()


def test_an_unknown_kind_is_a_letter_and_an_unknown_community_a_desk(bench: Bench) -> None:
    work = bench.carry(
        [
            incident(jqbh="a", jqlb="P99"),
            incident(jqbh="b", sqdm="420704999999", dz="", jd="", wd=""),
            incident(jqbh="c", sqdm="999999999999", dz="", jd="", wd=""),
        ]
    )
    (letter,) = stated(list(work.letters.values()))
    assert (letter["rule"], letter["field"]) == ("code.unknown_kind", "jqlb")
    assert [(event["record_id"], event["community"]) for event in stated(work.outgoing)] == [
        ("b", "420704000000"),
        ("c", "420700000000"),
    ]
