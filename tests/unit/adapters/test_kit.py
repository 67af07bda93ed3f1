"""The small parts of the kit: masks, times, kinds, persons, shares of bad rows, settings, names."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from adapters import registry
from adapters.city_cases.settings import CityCasesSettings
from adapters.kit import kinds, times
from adapters.kit.assembly import assemble
from adapters.kit.conformance import home_of
from adapters.kit.desk import Desk
from adapters.kit.errors import DeadLetterError, HaltError, masked
from adapters.kit.places import Places
from adapters.kit.settings import KitSettings, WrongSettingError, load
from adapters.kit.share import BadShare
from adapters.permits.settings import PermitsSettings
from ops import cli
from schemas.gazetteer import Gazetteer
from schemas.keystore import KeyStore

FOLDER = Path(registry.__file__).parent
FIXTURES = {"kafka_intake_moves": "moves"}
"""Files of fixtures of adapters that share a folder; others have `rows`."""


def _rows(name: str) -> str:
    return f"{FIXTURES.get(name, 'rows')}.yaml"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("13800001111", "13*******11"),
        ("张伟", "**"),
        ("李四光", "***"),
        ("", ""),
        ("20日下午", "2***午"),
        ("欧阳修13800001111", "欧************1"),
    ],
)
def test_a_masked_value_is_known_again_but_not_read(value: str, shown: str) -> None:
    assert masked(value) == shown


@given(st.text(min_size=1, max_size=60))
def test_a_mask_never_shows_more_than_half(value: str) -> None:
    value = value.strip()
    shown = sum(a == b for a, b in zip(value, masked(value), strict=False) if b != "*")
    assert shown <= len(value) / 2


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20 08:31:05",
        "2026/11/20 08:31:05",
        "2026-11-20T08:31:05+08:00",
        "2026-11-20T00:31:05Z",
    ],
)
def test_a_time_without_a_zone_is_chinas(text: str) -> None:
    assert times.milliseconds(text) == 1795134665000


def test_times_keep_their_milliseconds() -> None:
    at = times.milliseconds("2026-11-20T22:40:00.123+08:00")
    assert at == 1795185600123
    assert times.china(at) == "2026-11-20T22:40:00.123+08:00"
    assert times.iso(at) == "2026-11-20T14:40:00.123Z"


@given(st.integers(0, 4_102_444_800_000))
def test_a_written_time_reads_as_itself(at: int) -> None:
    assert times.milliseconds(times.china(at)) == at
    assert times.milliseconds(times.iso(at)) == at


@pytest.mark.parametrize("text", ["0001-01-01 00:00:00", "9999-12-31T23:59:59-12:00"])
def test_a_time_that_stands_for_none_can_be_written(text: str) -> None:
    """A year before the first or after the last in another zone has no four digits there."""
    at = times.milliseconds(text)
    assert at is not None
    assert re.fullmatch(r"(1000|9999)-.*", times.iso(at))
    assert re.fullmatch(r"(1000|9999)-.*", times.china(at))


@pytest.mark.parametrize("text", ["20日下午", "2026-13-01 00:00:00", "昨晚", "0"])
def test_what_is_no_time_is_a_letter(text: str) -> None:
    with pytest.raises(DeadLetterError, match=r"time\.unreadable"):
        times.required_time(text, "上报时间")


def test_a_standard_is_a_list_and_its_version() -> None:
    assert kinds.standard("GB/T 47678.5-2026") == ("GB/T 47678.5", "2026")
    assert kinds.standard("ezhou.component-demo-1") == ("ezhou.component", "demo-1")
    assert kinds.standard("CJ/T 214-2007") == ("CJ/T 214", "2007")
    assert ("GB/T 47678.5", "2026", "06010") in kinds.known()


class TestPersons:
    @pytest.fixture
    def desk(self, tmp_path: Path) -> Desk:
        return Desk(Places(Gazetteer.load()), KeyStore.open(tmp_path), kinds.known())

    def test_the_resident_id_names_a_person_however_it_is_written(self, desk: Desk) -> None:
        same = {
            desk.person(number, phone)
            for number, phone in [
                ("11010519491231002X", ""),
                (" 11010519491231002x", "13800001111"),
                ("１１０１０５１９４９１２３１００２Ｘ", "13900002222"),
            ]
        }
        assert len(same) == 1
        assert str(same.pop()).startswith("e1.")

    def test_without_a_true_id_the_phone_does(self, desk: Desk) -> None:
        same = {
            desk.person("", "13800001111"),
            desk.person("110105194912310021", "+86 138-0000-1111"),
            desk.person("", "１３８００００１１１１"),
        }
        assert len(same) == 1

    def test_a_phone_and_an_id_of_the_same_digits_are_two_persons(self, desk: Desk) -> None:
        assert desk.person("11010519491231002X", "") != desk.person("", "11010519491231002")

    def test_nobody_is_nobody(self, desk: Desk) -> None:
        assert desk.person("", "无") is None


class TestShare:
    def test_a_window_mostly_bad_halts(self) -> None:
        share = BadShare(most=0.5, window=10)
        share.add(used=5, bad=0)
        share.add(used=0, bad=5)
        with pytest.raises(HaltError, match="6 of the last 10 rows"):
            share.add(used=0, bad=1)

    def test_a_few_bad_rows_at_the_beginning_say_nothing(self) -> None:
        BadShare(most=0.5, window=10).add(used=0, bad=9)


class TestSettings:
    def test_each_adapter_has_a_prefix_of_its_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SHEQU_CITY_CASES__INBOX", "/share/cases")
        monkeypatch.setenv("SHEQU_CITY_CASES__CHUNK_ROWS", "7")
        found = load(CityCasesSettings)
        assert (found.inbox, found.chunk_rows) == (Path("/share/cases"), 7)

    def test_all_wrong_settings_are_named_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SHEQU_CITY_CASES__CHUNK_ROWS", "none")
        with pytest.raises(WrongSettingError) as wrong:
            load(CityCasesSettings)
        lines = str(wrong.value).splitlines()
        assert lines[0].startswith("setting SHEQU_CITY_CASES__INBOX is missing. It is the folder")
        assert lines[1].startswith("setting SHEQU_CITY_CASES__CHUNK_ROWS='none' is not allowed.")

    def test_a_secret_that_is_wrong_is_not_shown(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SHEQU_PERMITS__SECRET", "whsec_c2hvcnQ=")
        with pytest.raises(
            WrongSettingError, match=r"SECRET=\(not shown\) is not allowed"
        ) as wrong:
            load(PermitsSettings)
        assert "c2hvcnQ" not in str(wrong.value)

    @pytest.mark.parametrize("name", registry.NAMES)
    def test_every_setting_says_what_it_is(self, name: str) -> None:
        settings = registry.find(name).settings
        for field in (*settings.model_fields.values(), *KitSettings.model_fields.values()):
            assert field.description

    def test_a_checkpoint_of_another_topic_is_not_gone_on_with(self, tmp_path: Path) -> None:
        adapter = registry.find("city_cases")
        own = adapter.settings.model_construct()
        assemble(adapter, KitSettings(home=tmp_path), own).close()
        with pytest.raises(HaltError, match=r"this adapter is ezhou\.city_cases test\.city\.cases"):
            assemble(adapter, KitSettings(home=tmp_path, topic_prefix="test."), own)

    def test_an_estate_table_that_is_wrong_is_named(self, tmp_path: Path) -> None:
        adapter = registry.find("city_cases")
        kit = KitSettings(home=tmp_path, estates=tmp_path / "none.csv")
        with pytest.raises(HaltError, match=r"none\.csv"):
            assemble(adapter, kit, adapter.settings.model_construct())


class TestRegistry:
    def test_every_folder_of_an_adapter_is_registered(self) -> None:
        folders = {path.parent for path in FOLDER.glob("*/mapping*.py")}
        assert folders == {home_of(registry.find(name)) for name in registry.NAMES}

    @pytest.mark.parametrize("name", registry.NAMES)
    def test_every_adapter_has_the_same_files(self, name: str) -> None:
        adapter = registry.find(name)
        mapping = "mapping_moves.py" if name in registry.BESIDE else "mapping*.py"
        for file in ("settings.py", "source.py", mapping, "README.md", f"fixtures/{_rows(name)}"):
            assert list(home_of(adapter).glob(file)), f"{name} has no {file}"
        assert adapter.name == name

    def test_the_command_lists_them(self) -> None:
        said = CliRunner().invoke(cli.build(), ["adapters", "list"]).stdout
        assert [line.split("\t")[0] for line in said.splitlines()] == list(registry.NAMES)
        assert "数字城管案件\tcity.cases" in said

    def test_an_unknown_name_is_answered_with_those_there_are(self) -> None:
        with pytest.raises(registry.UnknownAdapterError, match=", ".join(registry.NAMES)):
            registry.find("hotline")


@pytest.mark.parametrize("name", registry.NAMES)
def test_every_field_that_is_read_stands_in_the_departments_page(name: str) -> None:
    """The page's field table and the fixtures name the same fields."""
    folder = home_of(registry.find(name))
    page = (folder / "README.md").read_text("utf-8")
    fixtures = (folder / "fixtures" / _rows(name)).read_text("utf-8")
    first = fixtures.split("row: &")[1].split("hidden:")[0].splitlines()[1:]
    fields = [line.split(":")[0].strip() for line in first if ":" in line]
    assert len(fields) > 10
    assert [field for field in fields if f"`{field}`" not in page] == []


@pytest.mark.parametrize("name", registry.NAMES)
def test_every_setting_stands_in_the_departments_page(name: str) -> None:
    page = (home_of(registry.find(name)) / "README.md").read_text("utf-8")
    settings = registry.find(name).settings
    prefix = settings.model_config["env_prefix"]
    absent = [f"{prefix}{field.upper()}" for field in settings.model_fields]
    assert [setting for setting in absent if f"`{setting}`" not in page] == []
