"""What adapters of household registration share: numbers checked, codes by their lists."""

from pathlib import Path

import pytest

from adapters.kit import kinds, residents
from adapters.kit.desk import Desk
from adapters.kit.errors import DeadLetterError
from adapters.kit.places import Places
from schemas.gazetteer import Gazetteer
from schemas.keystore import KeyStore

TRUE = "11010519491231002X"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(Places(Gazetteer.load()), KeyStore.open(tmp_path), kinds.known())


@pytest.mark.parametrize(
    "written", [TRUE, " 110105 19491231 002x ", "１１０１０５１９４９１２３１００２Ｘ"]
)
def test_a_number_is_the_same_however_it_is_written(written: str) -> None:
    assert residents.resident_id({"id": written}, "id") == TRUE


@pytest.mark.parametrize("written", ["", " ", None])
def test_a_newborn_has_no_number_yet(written: str | None) -> None:
    assert residents.resident_id({"id": written}, "id") == ""


@pytest.mark.parametrize(
    "wrong",
    ["110105194912310021", "11010519490231002X", "110105491231002", "无", TRUE[:-1], TRUE + "1"],
    ids=["check digit", "no such day", "15 digits", "a word", "one short", "one long"],
)
def test_a_number_that_cannot_be_one_is_a_letter(wrong: str) -> None:
    with pytest.raises(DeadLetterError) as error:
        residents.resident_id({"id": wrong}, "id")
    finding = error.value.finding
    assert (finding.rule, finding.field) == ("id.check_digit", "id")
    assert wrong not in finding.advice


def test_a_child_is_not_its_parent_by_the_phone(desk: Desk) -> None:
    assert residents.resident(desk, "") is None
    assert residents.resident(desk, TRUE) == desk.person(TRUE, "13800001111")


def test_a_household_has_one_pseudonym_and_no_persons(desk: Desk) -> None:
    one = residents.household(desk, "420704-001 a")
    assert one == residents.household(desk, "４２０７０４-001A")
    assert str(one).startswith("e1.")
    assert residents.household(desk, " ") is None
    assert residents.household(desk, TRUE) != residents.resident(desk, TRUE)


def test_a_code_carries_its_list_and_edition() -> None:
    wanted = {"list": "GB/T 4761", "version": "2008", "value": "02"}
    assert residents.code("relation", "02", "relation") == wanted
    assert residents.code("relation", "", "relation") is None


@pytest.mark.parametrize(
    ("file", "value"), [("relation", "2"), ("resident_sex", "男"), ("registration_cancelled", "9")]
)
def test_a_code_that_stands_in_no_list_says_where_to_add_it(file: str, value: str) -> None:
    with pytest.raises(DeadLetterError) as error:
        residents.code(file, value, "field")
    finding = error.value.finding
    assert (finding.rule, finding.field) == ("code.unknown_value", "field")
    assert f"schemas/codes/{file}.yaml" in finding.advice


def test_every_change_but_a_correction_means_a_status() -> None:
    assert set(residents.CHANGES) - residents.MEANS.keys() == {"correction"}
    assert set(residents.MEANS.values()) == {residents.REGISTERED, residents.CANCELLED}
