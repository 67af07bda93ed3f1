"""Rows, positions and the journal of changes move together; a newer projector fences an older."""

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
import time_machine
from aiokafka import TopicPartition
from sqlalchemy import Insert, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from dashboard.model import columns, tables
from dashboard.model.engine import set_broken_aside, upsert
from dashboard.model.store import Commit, FencedError, Store
from dashboard.model.writes import KEPT_CHANGES, MOST_NAMES, Batch

if TYPE_CHECKING:
    from tests.unit.dashboard.conftest import Model

HOME = "420704001013"
CLUSTER = "a-cluster"
VIEW = TopicPartition("views.incidents.v1", 0)


def _store(model: "Model", lineage: str = "community-v1") -> Store:
    return Store(model.engine, lineage=lineage, tombstone_days=30)


async def test_the_last_record_of_a_key_wins_also_within_a_batch(model: "Model") -> None:
    model.put("views.incidents", f"{HOME}/a", code=HOME, status="open")
    model.put("views.incidents", f"{HOME}/a", code=HOME, status="closed")
    await model.commit()
    model.put("views.incidents", f"{HOME}/a", code=HOME, status="left")
    await model.commit()
    assert [row["status"] for row in await model.rows("incidents")] == ["left"]


async def test_a_tombstone_deletes_and_a_later_record_brings_the_row_back(model: "Model") -> None:
    model.put("tasks", f"{HOME}/t", code=HOME, task_id="t")
    model.drop("tasks", f"{HOME}/t")
    await model.commit()
    assert await model.rows("tasks") == []
    model.drop("tasks", f"{HOME}/t")
    model.put("tasks", f"{HOME}/t", code=HOME, task_id="t")
    await model.commit()
    assert len(await model.rows("tasks")) == 1


async def test_of_a_dead_letter_only_what_groups_it_is_kept(model: "Model") -> None:
    model.put(
        "dlq.police.incidents",
        "k",
        letter_id="l",
        topic="police.incidents",
        rule="field.missing",
        value="张三 13912345678",
        original=b"raw",
        place="page 3",
    )
    await model.commit()
    [row] = await model.rows("letters")
    assert set(row) == {"letter_id", "topic", "source", "rule", "field", "advice", "at"}


async def test_a_failed_commit_leaves_rows_and_positions_as_they_were(model: "Model") -> None:
    model.put("views.incidents", f"{HOME}/a", code=HOME, status="open")
    await model.commit(next={VIEW: 1})
    broken = Batch()
    broken.rows["incidents"] = {f"{HOME}/b": {"row_key": f"{HOME}/b"}}
    broken.tables["incidents"] = tables.incidents
    with pytest.raises(Exception, match=r"NOT NULL|required"):
        await model.store.commit(broken, Commit(next={VIEW: 2}))
    assert [row["row_key"] for row in await model.rows("incidents")] == [f"{HOME}/a"]
    assert [row["next_offset"] for row in await model.rows("positions")] == [1]


async def test_a_projector_goes_on_where_the_last_one_stopped(model: "Model") -> None:
    await model.commit(next={VIEW: 7})
    assert await _store(model).take_over(CLUSTER, rebuild=False) == ({VIEW: 7}, "")


async def test_a_newer_projector_fences_the_older(model: "Model") -> None:
    """Also when the older one only wants to leave word, or to connect again."""
    await _store(model).take_over(CLUSTER, rebuild=False)
    with pytest.raises(FencedError, match="SHEQU_DATABASE_URL"):
        await model.commit()
    with pytest.raises(FencedError):
        await model.store.fail("the broker is away")
    with pytest.raises(FencedError):
        await model.store.take_over(CLUSTER, rebuild=False)


async def test_a_projector_that_never_took_over_may_say_what_it_waits_for(model: "Model") -> None:
    await _store(model).fail("no broker")
    found = {row["name"]: row["value"] for row in await model.rows("meta")}
    assert found["error"] == "no broker"
    await model.commit()


@pytest.mark.parametrize(
    ("cluster", "lineage", "reason"),
    [("another", "community-v1", "cluster"), (CLUSTER, "community-v2", "lineage")],
)
async def test_another_cluster_or_lineage_empties_the_read_model(
    model: "Model", cluster: str, lineage: str, reason: str
) -> None:
    model.put("views.incidents", f"{HOME}/a", code=HOME)
    await model.commit(next={VIEW: 1})
    offsets, why = await _store(model, lineage).take_over(cluster, rebuild=False)
    assert offsets == {}
    assert reason in why
    assert await model.rows("incidents") == []


async def test_other_code_empties_the_read_model(model: "Model") -> None:
    """Its tables may be others, too: they are made anew."""
    await model.commit(next={VIEW: 1})
    with sqlite3.connect(model.settings.home / "read-model.sqlite") as raw:
        raw.execute("ALTER TABLE incidents DROP COLUMN summary")
        raw.execute("UPDATE meta SET value = 'older' WHERE name = 'fingerprint'")
    raw.close()
    offsets, why = await model.store.take_over(CLUSTER, rebuild=False)
    assert (offsets, why) == ({}, "other code filled it")
    model.put("views.incidents", f"{HOME}/a", code=HOME, summary="now it fits")
    await model.commit()
    assert [row["summary"] for row in await model.rows("incidents")] == ["now it fits"]


async def test_a_read_model_left_alone_for_longer_than_tombstones_live_is_emptied(
    model: "Model",
) -> None:
    with time_machine.travel("2026-11-01", tick=False):
        await model.commit(next={VIEW: 1})
    with time_machine.travel("2026-11-30", tick=False):
        offsets, _ = await model.store.take_over(CLUSTER, rebuild=False)
    assert offsets == {VIEW: 1}
    with time_machine.travel("2026-12-02", tick=False):
        offsets, why = await model.store.take_over(CLUSTER, rebuild=False)
    assert (offsets, why) == ({}, "nobody kept it for 31 days")


async def test_a_rebuild_is_another_generation(model: "Model") -> None:
    """So that pages that stayed open know that what they saw is void."""
    before = {row["name"]: row["value"] for row in await model.rows("meta")}
    await model.store.take_over(CLUSTER, rebuild=True)
    after = {row["name"]: row["value"] for row in await model.rows("meta")}
    assert before["generation"] != after["generation"]
    assert after["state"] == "rebuilding"


async def test_a_change_names_the_codes_and_tasks_that_it_touched(model: "Model") -> None:
    model.put("views.incidents", f"{HOME}/a", code=HOME, task_id="t1")
    model.drop("tasks", "420704001000/t2")
    model.put("adapters.heartbeats", "police_incidents", adapter="police_incidents")
    await model.commit()
    [change] = await model.rows("changes")
    assert change["codes"] == ["420704001000", HOME]
    assert change["tasks"] == ["t1", "t2"]
    assert change["adapters"] == ["police_incidents"]


async def test_a_commit_without_rows_is_no_change(model: "Model") -> None:
    await model.commit(next={VIEW: 3})
    assert await model.rows("changes") == []


async def test_a_huge_change_names_some_tasks_and_says_that_there_are_more(model: "Model") -> None:
    for number in range(MOST_NAMES + 1):
        model.put("tasks", f"{HOME}/{number}", code=HOME, task_id=f"{number:04}")
    await model.commit()
    [change] = await model.rows("changes")
    assert (len(change["tasks"]), change["more"]) == (MOST_NAMES, True)


async def test_the_journal_of_changes_stays_short(model: "Model") -> None:
    model.put("tasks", f"{HOME}/t", code=HOME, task_id="t")
    with sqlite3.connect(model.settings.home / "read-model.sqlite") as raw:
        raw.executemany(
            "INSERT INTO changes VALUES (?, 0, '[]', '[]', '[]', 0)",
            [(number,) for number in range(1, KEPT_CHANGES + 3)],
        )
    raw.close()
    await model.commit()
    numbers = [row["seq"] for row in await model.rows("changes")]
    assert (numbers[0], numbers[-1]) == (4, KEPT_CHANGES + 3)


async def test_history_older_than_its_topic_keeps_is_forgotten(model: "Model") -> None:
    model.put("task.events", "k", event_id="old", code=HOME, at=1_000)
    model.put("task.events", "k", event_id="new", code=HOME, at=5_000)
    await model.commit()
    await model.store.trim({"task_events": 2_000})
    assert [row["event_id"] for row in await model.rows("task_events")] == ["new"]


@pytest.mark.parametrize("whole", [True, False], ids=["rebuild", "start"])
async def test_a_file_that_is_no_database_is_set_aside_and_a_whole_one_left(
    model: "Model", *, whole: bool
) -> None:
    file = model.settings.home / "read-model.sqlite"
    await model.commit(next={VIEW: 1})
    assert set_broken_aside(model.settings.model_url, whole=whole) is None
    assert file.exists()
    await model.engine.dispose()
    file.write_bytes(b"no database" * 1000)
    aside = set_broken_aside(model.settings.model_url, whole=whole)
    assert aside is not None
    assert aside.read_bytes().startswith(b"no database")
    offsets, why = await model.store.take_over(CLUSTER, rebuild=True)
    assert (offsets, why) == ({}, "asked for")


def test_nothing_is_set_aside_where_there_is_no_file(tmp_path: Path) -> None:
    assert set_broken_aside(f"sqlite+aiosqlite:///{tmp_path}/none.sqlite", whole=True) is None
    assert set_broken_aside("postgresql+asyncpg://host/database", whole=True) is None


@pytest.mark.parametrize("table", columns.metadata.sorted_tables, ids=lambda table: table.name)
def test_every_table_can_be_kept_in_postgresql(table: Table) -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    assert f"CREATE TABLE {table.name}" in str(CreateTable(table).compile(dialect=dialect))
    statement = upsert("postgresql", table)
    assert "ON CONFLICT" in str(cast("Insert", statement).compile(dialect=dialect))
