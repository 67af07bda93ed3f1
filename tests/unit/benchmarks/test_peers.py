"""The lane's peers: one fold for all, and a measure that finds who did less of it."""

import json
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import pytest
from aiokafka import ConsumerRecord

from benchmarks.peers import thin, views
from benchmarks.peers.compiled import CompiledShape
from benchmarks.peers.contest import Contest
from benchmarks.peers.contestants import QUIX_OWN
from benchmarks.peers.events import Message, generated
from benchmarks.peers.fold import EVENTS, ThinFold
from benchmarks.peers.probe import Delays
from benchmarks.peers.process import TooShortError, Window, rate, warmed
from benchmarks.peers.setting import Setting
from benchmarks.peers.thin import Fields
from benchmarks.peers.topics import PARTITIONS
from benchmarks.peers.truth import Claim, answer_of, wrong
from benchmarks.peers.views import Point, Progress, own_topics, quix_topic
from schemas.compiled import library
from schemas.naming import Lineage, Names
from streams.lane.port import Write
from streams.lane.topic_map import partition_of
from streams.lane.twin import MemoryLog, MemoryWorker

NAMES = Names(Lineage("thin", 1))
MESSAGES = tuple(generated(3_000))
EVENT = thin.EVENT.decode(MESSAGES[0].value)


def version(order: int, tail: str = "", **fields: object) -> Fields:
    return {**EVENT, "version": {"order": order, "hash": tail.encode().ljust(16)}, **fields}


def after(*events: Fields) -> tuple[Fields, Fields]:
    case: Fields | None = None
    summary: Fields | None = None
    for event in events:
        case, summary = thin.folded(event, case, summary)
    assert case is not None
    assert summary is not None
    return case, summary


def found(topic: str, key: bytes, value: bytes, at: int = 0) -> views.Found:
    return ConsumerRecord(topic, 0, 0, at, 1, key, value, None, len(key), len(value), ())


def folded(messages: Iterable[Message]) -> Claim:
    """What a peer would claim that folds these, and no other."""
    cases: dict[str, Fields] = {}
    summary: dict[str, Fields] = {}
    rows: dict[int, dict[tuple[str, bytes], bytes]] = {}
    counts: dict[int, int] = {}
    for message in messages:
        number = partition_of(message.key, PARTITIONS)
        event = thin.EVENT.decode(message.value)
        key, code = thin.case_key(event), event["community"]
        cases[key], summary[code] = thin.folded(event, cases.get(key), summary.get(code))
        mine = rows.setdefault(number, {})
        mine["cases", key.encode()] = thin.CASE.encode(cases[key])
        mine["summary", code.encode()] = thin.SUMMARY.encode(summary[code])
        counts[number] = counts.get(number, 0) + 1
    return Claim("one", counts, answer_of(rows))


class TestFold:
    def test_the_version_with_the_greater_order_is_in_force(self) -> None:
        case, summary = after(version(2, status="closed"), version(1, status="open"))
        assert (case["status"], case["seen"]) == ("closed", 2)
        assert (summary["events_total"], summary["stale_total"]) == (2, 1)
        assert (summary["cases_total"], summary["cases_open"], summary["cases_closed"]) == (1, 0, 1)

    def test_of_equal_orders_the_greater_hash_is_in_force(self) -> None:
        assert after(version(1, "b"), version(1, "a"))[0]["hash"].strip() == b"b"

    def test_an_event_that_comes_again_is_counted_and_is_not_stale(self) -> None:
        case, summary = after(version(1), version(1))
        assert (case["seen"], summary["events_total"], summary["stale_total"]) == (2, 2, 0)

    def test_open_and_severe_components_are_counted_as_they_stand_now(self) -> None:
        severe = version(1, category="component", severity=5, status="open")
        _, summary = after(severe, {**severe, "version": version(2)["version"], "status": "void"})
        counts = [summary[name] for name in ("components_total", "severe_open", "cases_void")]
        assert counts == [1, 0, 1]


class TestEvents:
    def test_the_same_seed_gives_the_same_bytes(self) -> None:
        assert tuple(islice(generated(3_000), 50)) == MESSAGES[:50]

    def test_an_event_has_22_fields_and_a_case_400_bytes_or_more(self) -> None:
        assert len(EVENT) == 22
        rows = [thin.CASE.encode(after(thin.EVENT.decode(m.value))[0]) for m in MESSAGES]
        assert min(len(row) for row in rows) >= 400

    def test_358_communities_tell_three_versions_of_most_cases_and_few_come_late(self) -> None:
        events = [thin.EVENT.decode(message.value) for message in MESSAGES]
        assert len({message.key for message in MESSAGES}) == 358
        assert len({event["record_id"] for event in events}) == 1_000
        assert all(m.key.decode() == e["community"] for m, e in zip(MESSAGES, events, strict=True))

    def test_events_of_one_version_are_each_of_a_case_of_its_own(self) -> None:
        found = [thin.EVENT.decode(message.value) for message in generated(500, versions=1)]
        assert len({event["record_id"] for event in found}) == 500


class TestTruth:
    def test_who_folded_all_of_a_prefix_agrees_with_the_pure_fold(self) -> None:
        lapped = (*MESSAGES, *MESSAGES[:700])
        assert wrong(MESSAGES, PARTITIONS, [folded(MESSAGES[:500]), folded(lapped)]) == []

    def test_an_event_left_out_is_found_even_where_the_count_is_right(self) -> None:
        number = partition_of(MESSAGES[0].key, PARTITIONS)
        same = [m for m in MESSAGES if partition_of(m.key, PARTITIONS) == number]
        doubled = (*same[:9], *same[8:9], *same[10:])
        faults = wrong(MESSAGES, PARTITIONS, [folded(doubled)])
        assert len([fault for fault in faults if f"partition {number}" in fault]) == 1

    def test_a_row_that_was_not_written_is_found(self) -> None:
        claim = folded(MESSAGES)
        count, digest = claim.answer[2]
        lost = claim._replace(answer={**claim.answer, 2: (count - 1, digest)})
        (fault,) = wrong(MESSAGES, PARTITIONS, [lost])
        assert fault.startswith("one: partition 2")

    async def test_the_lane_has_the_rows_of_the_pure_fold(self) -> None:
        fold = ThinFold(str(NAMES.lineage))
        log = MemoryLog(lambda: 1_790_000_000_000, partitions=PARTITIONS)
        for key, value in MESSAGES:
            log.append(Write(EVENTS, key, value), partition_of(key, PARTITIONS))
        worker = MemoryWorker(log, fold, NAMES)
        assert await worker.assign(range(PARTITIONS))
        await worker.drain()
        rows = {
            number: {
                (table.name, record.key or b""): record.value or b""
                for table in fold.tables
                for record in log.records(table.topic, number)
            }
            for number in range(PARTITIONS)
        }
        assert worker.failure is None
        assert answer_of(rows) == folded(MESSAGES).answer


class TestProgress:
    def test_events_are_counted_by_what_the_rows_of_communities_gained(self) -> None:
        read = own_topics("cases", "summary").row
        progress = Progress()
        records = [
            found("summary", b"1", thin.SUMMARY.encode(summary_of("1", 3)), at=10),
            found("summary", b"2", thin.SUMMARY.encode(summary_of("2", 4)), at=20),
            found("summary", b"1", thin.SUMMARY.encode(summary_of("1", 8)), at=130),
        ]
        for record in records:
            row = read(record)
            assert row is not None
            progress.add(record, row)
        progress.finish()
        assert progress.points == [Point(20, 7), Point(130, 12)]

    def test_the_rate_is_of_what_was_folded_once_warm(self) -> None:
        points = [Point(0, 10), Point(900, 500), Point(2_000, 1_000), Point(4_000, 5_000)]
        assert rate(warmed(points, Window(1.0, 2.0), "one")) == 2_000.0

    def test_who_had_no_more_to_fold_once_warm_has_no_rate(self) -> None:
        with pytest.raises(TooShortError, match="folded 500 events, too few"):
            warmed([Point(0, 10), Point(900, 500)], Window(1.0, 2.0), "one")


def summary_of(code: str, events: int) -> Fields:
    return {**after(EVENT)[1], "code": code, "events_total": events}


class TestContest:
    def test_ratios_are_of_rounds_side_by_side(self) -> None:
        contest = Contest("127.0.0.1:1", Path(), 1.0)
        contest.rates = {"ours": {0: 40.0, 1: 10.0, 2: 44.0}, "theirs": {0: 20.0, 1: 5.0, 2: 11.0}}
        assert contest.ratio("ours", "theirs") == 2.0

    def test_who_ran_once_stands_beside_the_median(self) -> None:
        contest = Contest("127.0.0.1:1", Path(), 1.0)
        contest.rates = {"ours": {0: 40.0, 1: 10.0, 2: 44.0}, "theirs": {0: 10.0}}
        assert contest.ratio("ours", "theirs") == 4.0


class TestQuix:
    def test_one_changelog_holds_rows_of_both_tables(self) -> None:
        read = quix_topic("changelog", QUIX_OWN, json_rows=False).row
        assert read(found("changelog", b"42|AJ1", b"x")) == ("cases", b"42/AJ1", b"x")
        assert read(found("changelog", b"42|-", b"y")) == ("summary", b"42", b"y")

    def test_rows_in_json_are_compared_as_the_bytes_that_they_would_be(self) -> None:
        case, summary = after(EVENT)
        read = quix_topic("changelog", QUIX_OWN, json_rows=True).row
        kept = json.dumps({**case, "hash": case["hash"].hex()}).encode()
        row = read(found("changelog", b'42|"AJ1"', kept))
        assert row == ("cases", b"42/AJ1", thin.CASE.encode(case))
        row = read(found("changelog", b'42|"-"', json.dumps(summary).encode()))
        assert row == ("summary", b"42", thin.SUMMARY.encode(summary))


class TestOthers:
    def test_a_process_has_the_setting_that_it_was_given(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        given = Setting("127.0.0.1:1", "events", "raw-1", "exactly_once", "disk", commit_ms=20)
        for name, value in given.environment().items():
            monkeypatch.setenv(name, value)
        assert Setting.load() == given

    def test_what_is_compiled_reads_and_writes_what_fastavro_does(self) -> None:
        if library().native is None:
            pytest.skip(library().missing)
        shape = CompiledShape(thin.EVENT)
        for _, value in MESSAGES[:200]:
            event = thin.EVENT.decode(value)
            assert shape.decode(value) == event
            assert shape.encode(event) == value

    def test_a_quantile_is_the_delay_that_so_many_do_not_exceed(self) -> None:
        delays = Delays(list(range(100)))
        assert (delays.quantile(0.5), delays.quantile(0.99)) == (50.0, 99.0)
