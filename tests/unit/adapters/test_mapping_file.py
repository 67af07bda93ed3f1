"""Mapping files: another city's export without code, and what is said where one is wrong."""

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import adapters
from adapters.city_cases import ADAPTER
from adapters.city_cases.mapping_file import MappingFile
from adapters.kit import kinds, yaml_file
from adapters.kit.adapter import Adapter, Draft, Identity, Row
from adapters.kit.bench import ESTATES
from adapters.kit.desk import Desk
from adapters.kit.errors import DeadLetterError
from adapters.kit.places import Places
from adapters.kit.settings import WrongSettingError
from adapters.kit.versions import Rule
from schemas.gazetteer import Gazetteer
from schemas.keystore import KeyStore

MAPPINGS = Path(adapters.__file__).parent / "city_cases" / "mappings"

WUHAN = """\
title: Another city's cases
files: {named: 案件*<number>}
times: {zone: Asia/Shanghai, formats: ["%Y年%m月%d日 %H:%M", "%Y-%m-%d"]}
record: 编号
category: {columns: 类, values: {设施: component, 事件: event}}
kind: {list: GB/T 47678.5, version: "2026", columns: [大类, 小类], values: {环卫 垃圾: "06010"}}
stage: 状态
status: {columns: 状态, values: {在办: open, 办结: closed}}
void: {columns: 结论, says: [重复, 误报]}
occurred: 时间
closed: 办结
asset: 部件
department: {fixed: 市城管委}
community: {columns: 片区, values: {江城片: "420704001013"}}
address: [街道, 地点]
point: {longitude: 经, latitude: 纬, datum: GCJ-02}
text: 描述
reporter: {name: 姓名, phone: 电话}
"""

ROW: dict[str, str | None] = {
    "编号": "A1", "类": "事件", "大类": "环卫", "小类": "垃圾", "状态": "在办", "结论": "",
    "时间": "2026年11月20日 08:31", "办结": "", "部件": "", "片区": "江城片",
    "街道": "凤凰街道", "地点": "滨湖花园3栋501室", "经": "114.895512", "纬": "30.392480",
    "描述": "张伟反映垃圾成堆，电话13812345678", "姓名": "张伟", "电话": "13812345678",
}  # fmt: skip


def written(folder: Path, text: str) -> Path:
    path = folder / "mapping.yaml"
    path.write_text(text, "utf-8")
    return path


def fitted(folder: Path, text: str = WUHAN) -> Adapter[Any]:
    mapping = written(folder, text)
    return ADAPTER.fitted(ADAPTER.settings.model_construct(mapping=mapping))


def drafted(folder: Path, text: str = WUHAN, **changes: str) -> Draft:
    desk = Desk(Places(Gazetteer.load(estates=ESTATES)), KeyStore.open(folder), kinds.known())
    return fitted(folder, text).map_row(Row({**ROW, **changes}, "file:2", 7), desk)


def refusal(folder: Path, old: str, new: str) -> str:
    assert old in WUHAN
    with pytest.raises(WrongSettingError) as wrong:
        yaml_file.load(written(folder, WUHAN.replace(old, new)), MappingFile)
    return str(wrong.value).removeprefix(str(folder))


def at(zone: int, *time: int) -> int:
    """Ms UTC of a time on a clock that is `zone` hours ahead."""
    moment = datetime(*time, tzinfo=timezone(timedelta(hours=zone)))  # type: ignore[arg-type,misc]
    return int(moment.timestamp() * 1000)


class TestRows:
    def test_every_field_of_the_case_can_be_stated(self, tmp_path: Path) -> None:
        draft = drafted(tmp_path)
        assert draft.occurred_at == at(8, 2026, 11, 20, 8, 31)
        assert draft.fields == {
            "category": "event",
            "kind": {"list": "GB/T 47678.5", "version": "2026", "value": "06010"},
            "asset": None,
            "stage": "在办",
            "status": "open",
            "closed_at": None,
            "department": "市城管委",
            "summary": "【姓名】反映垃圾成堆，电话【电话】",
        }
        assert draft.location.code == "420704001013"
        assert draft.location.unit == "420704001013-E01/3"
        assert "501" not in draft.location.shown
        assert draft.person is not None
        assert draft.personal == {
            "name": "张伟",
            "phone": "13812345678",
            "address": "凤凰街道 滨湖花园3栋501室",
            "text": ROW["描述"],
        }

    def test_coordinates_are_taken_in_the_datum_that_is_stated(self, tmp_path: Path) -> None:
        """GCJ-02 is some hundred metres off; the other two are stored as they are."""
        as_stated = (1_148_955_120, 303_924_800)
        assert drafted(tmp_path).point != as_stated
        for datum in ("WGS-84", "CGCS2000"):
            assert drafted(tmp_path, WUHAN.replace("GCJ-02", datum)).point == as_stated

    def test_a_second_format_of_times_is_tried(self, tmp_path: Path) -> None:
        draft = drafted(tmp_path, 状态="办结", 办结="2026-11-21")
        assert draft.fields["closed_at"] == at(8, 2026, 11, 21)

    def test_an_hour_that_the_clock_shows_twice_is_its_first(self, tmp_path: Path) -> None:
        text = WUHAN.replace("Asia/Shanghai", "America/New_York")
        draft = drafted(tmp_path, text, 时间="2026年11月01日 01:30")
        assert draft.occurred_at == at(-4, 2026, 11, 1, 1, 30)

    @pytest.mark.parametrize("stated", ["0001-01-01", "9999-12-31", "2026-02-30", "20日下午"])
    def test_what_is_no_time_is_a_letter(self, tmp_path: Path, stated: str) -> None:
        with pytest.raises(DeadLetterError, match=r"time\.unreadable.*Times are written like %Y年"):
            drafted(tmp_path, 时间=stated)

    def test_a_case_that_was_closed_for_nothing_is_void(self, tmp_path: Path) -> None:
        assert drafted(tmp_path, 状态="办结", 结论="与A0重复").fields["status"] == "void"
        assert drafted(tmp_path, 状态="办结", 结论="属实").fields["status"] == "closed"

    def test_a_kind_beside_those_listed_is_a_letter(self, tmp_path: Path) -> None:
        with pytest.raises(DeadLetterError, match=r"code\.unknown_kind") as wrong:
            drafted(tmp_path, 小类="油烟")
        assert (wrong.value.finding.field, wrong.value.finding.value) == ("大类+小类", "环卫 油烟")

    def test_a_kind_is_taken_as_it_is_where_none_are_listed(self, tmp_path: Path) -> None:
        text = WUHAN.replace(', values: {环卫 垃圾: "06010"}', "")
        kind = drafted(tmp_path, text, 小类="油烟").fields["kind"]
        assert kind == {"list": "GB/T 47678.5", "version": "2026", "value": "环卫 油烟"}

    def test_a_state_beside_those_listed_is_a_letter(self, tmp_path: Path) -> None:
        with pytest.raises(DeadLetterError, match=r"code\.unknown_state"):
            drafted(tmp_path, 状态="研判")

    def test_a_community_beside_those_listed_never_is(self, tmp_path: Path) -> None:
        assert drafted(tmp_path, 片区="外片", 地点="路边").location.code == "420704001000"

    def test_what_is_not_to_be_shown_is_sealed_only(self, tmp_path: Path) -> None:
        draft = drafted(tmp_path, WUHAN + "show: []\n")
        assert (draft.fields["summary"], draft.location.shown) == ("", "")
        assert draft.location.unit == "420704001013-E01/3"
        assert draft.personal is not None
        assert draft.personal["text"] == ROW["描述"]


class TestOrder:
    def test_exports_are_ordered_by_the_number_in_their_name(self, tmp_path: Path) -> None:
        adapter = fitted(tmp_path)
        assert adapter.rule is Rule.EXPORT_SEQUENCE
        assert adapter.identify(Row(ROW, "file:2", 7)) == Identity("A1", 7)

    def test_rows_are_ordered_by_their_time_where_one_is_stated(self, tmp_path: Path) -> None:
        text = WUHAN.replace("案件*<number>", "案件*") + "updated: 时间\n"
        adapter = fitted(tmp_path, text)
        assert adapter.rule is Rule.UPDATE_TIME
        assert adapter.identify(Row(ROW, "file:2", 0)).order == at(8, 2026, 11, 20, 8, 31)

    @pytest.mark.parametrize(
        ("name", "number"),
        [
            ("案件_鄂_000012.csv", 12),
            ("案件20261120.csv", 20261120),
            ("案件_7_副本.csv", 7),
            ("导出_7.csv", None),
            ("案件.csv", None),
        ],
    )
    def test_a_pattern_finds_the_number(self, tmp_path: Path, name: str, number: int) -> None:
        file = yaml_file.load(written(tmp_path, WUHAN), MappingFile)
        found = file.files.pattern.match(name)
        assert (found and int(found["seq"])) == number


class TestErrors:
    """Each names file and line, the field, and what is allowed."""

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ("在办: open", "在办: offen", "/mapping.yaml:8: status.values.在办: "),
            ("record: 编号\n", "", "/mapping.yaml:1: record: it is missing. Allowed: the name of"),
            (
                "stage: 状态",
                "stufe: 状态",
                ":7: stufe: there is no such field. Allowed: the",
            ),
            ("datum: GCJ-02", "datum: BD-09", ":16: point.datum: "),
            ("Asia/Shanghai", "Asia/Wuhan", ":3: times.zone: this machine knows no time zone"),
            ('"%Y-%m-%d"', '"%H:%M"', ":3: times.formats: '%H:%M' does not hold year, month and"),
            ('"2026"', "2026", ":6: kind.version: 2026 is no text: put it in quotes. Allowed: the"),
            ("fixed: 市城管委", "{}", "is no YAML"),
            ("asset: 部件", "stage: 部件", ":12: stage: it stands twice"),
            ("案件*<number>", "案件*", ":1: the file: say which row is the newer one: either"),
            ("{fixed: 市城管委}", "{fixed: 城管, columns: 部门}", ":13: department: state either"),
            ("stage: 状态", "stage: 姓名", "姓名 names the reporter: it cannot be shown as well"),
            ("says: [重复, 误报]", "says: []", ":9: void.says: "),
        ],
    )
    def test_what_is_wrong_is_named_with_its_line(
        self, tmp_path: Path, old: str, new: str, said: str
    ) -> None:
        assert said in refusal(tmp_path, old, new)

    def test_all_that_is_wrong_is_named_at_once(self, tmp_path: Path) -> None:
        said = refusal(tmp_path, "stage: 状态\n", "stufe: 状态\nstatus2: x\n").splitlines()
        assert len(said) == 3

    def test_a_file_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(WrongSettingError, match=r"none\.yaml cannot be read"):
            yaml_file.load(tmp_path / "none.yaml", MappingFile)

    @pytest.mark.parametrize("text", ["", "text", "- a\n- b\n", "a: [b"])
    def test_what_is_no_mapping_at_all_is_said_to_be_none(self, tmp_path: Path, text: str) -> None:
        with pytest.raises(WrongSettingError, match=r"mapping\.yaml"):
            yaml_file.load(written(tmp_path, text), MappingFile)


@pytest.mark.parametrize("path", sorted(MAPPINGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_examples_are_whole(path: Path) -> None:
    assert yaml_file.load(path, MappingFile).columns


def test_every_field_stands_in_the_departments_page() -> None:
    page = (MAPPINGS.parent / "README.md").read_text("utf-8")
    assert [name for name in MappingFile.model_fields if f"| `{name}" not in page] == []
