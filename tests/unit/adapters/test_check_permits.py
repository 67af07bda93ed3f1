"""The dry run of a system that calls us: on bodies that were captured."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.check import check
from adapters.kit.bench import ESTATES
from adapters.kit.settings import WrongSettingError
from adapters.permits import ADAPTER
from ops import cli
from tests.unit.adapters.door import application

PERSONAL = ("王小明", "13900001111", "420704199003071238", "501室")


@pytest.fixture
def captured(tmp_path: Path) -> Path:
    """Two bodies a file, one of them pretty; a file of many lines, some of them bad."""
    folder = tmp_path / "captured"
    folder.mkdir()
    pretty = json.dumps(application(), ensure_ascii=False, indent=2)
    (folder / "one.json").write_text(pretty, "utf-8")
    decided = application(sbbh="SB2", hj="办结", jg="准予", qd="窗口")
    (folder / "two.json").write_text(json.dumps(decided), "utf-8-sig")
    lines = [
        json.dumps(application(sbbh="SB3"), ensure_ascii=False),
        json.dumps(application(sbbh="SB3"), ensure_ascii=False),
        "",
        json.dumps(application(sbbh="SB4", sxbm="Y99")),
        '{"sbbh": "SB5", "sqrxm": "王小明"',
    ]
    (folder / "many.jsonl").write_text("\n".join(lines), "utf-8")
    (folder / "notes.txt").write_text("not a body", "utf-8")
    return folder


def test_captured_bodies_are_told_as_they_are(
    captured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHEQU_ESTATES", str(ESTATES))
    found = check(ADAPTER, given=captured)
    assert (found.rows, found.repeats, found.records, found.events) == (6, 1, 4, 3)
    assert [(f.name, f.encoding, f.rows, f.unreadable) for f in found.files] == [
        ("many.jsonl", "utf-8", 3, 1),
        ("notes.txt", "", 0, 0),
        ("one.json", "utf-8", 1, 0),
        ("two.json", "utf-8", 1, 0),
    ]
    assert [(x.rule, x.field, x.places) for x in found.letters] == [
        ("row.unreadable", "", ["many.jsonl:5"]),
        ("code.unknown_kind", "sxbm", ["many.jsonl:4"]),
    ]
    assert found.states["stage"] == {"accepted": 2, "decided": 1}
    assert found.states["decision"] == {"None": 2, "granted": 1}
    assert [(code.value, code.state, code.count) for code in found.codes] == [
        ("Y01", "known", 3),
        ("Y99", "refused", 1),
    ]
    assert [(filed.code, filed.count) for filed in found.filed] == [("420704001013", 3)]
    assert found.fine


def test_one_file_can_be_checked_too(captured: Path) -> None:
    assert check(ADAPTER, given=captured / "two.json").events == 1


def test_a_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    body = json.dumps(application(), ensure_ascii=False).encode("gb18030")
    (tmp_path / "one.json").write_bytes(body)
    found = check(ADAPTER, given=tmp_path)
    assert [(x.rule, x.places) for x in found.letters] == [("file.broken", ["one.json"])]
    assert not found.fine


def test_a_check_prints_nothing_personal_and_needs_no_secret(captured: Path) -> None:
    for form in ([], ["--json"]):
        called = ["adapters", "check", "permits", "--input", str(captured), *form]
        said = CliRunner().invoke(cli.build(), called)
        assert said.exit_code == 0, said.output
        assert "Y01" in said.output
        assert [word for word in PERSONAL if word in said.output] == []


def test_without_anything_captured_there_is_nothing_to_check() -> None:
    with pytest.raises(WrongSettingError, match="--input"):
        check(ADAPTER)
