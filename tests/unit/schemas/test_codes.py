"""Code lists and reference lists: data with a source, and tests that test the data."""

from pathlib import Path

import pytest
import yaml

import schemas
from ops import lists
from ops.errors import OperatorError
from schemas.codes import CodeList, code_lists, load
from schemas.errors import CatalogueError
from streams.community import list_rows
from streams.community.states import ENDS

LISTS = Path(schemas.__file__).parent / "lists"
CODES = list(code_lists().values())
SHIPPED = {entry.name: entry.bodies for entry in lists.load_shipped()}


@pytest.mark.parametrize("codes", CODES, ids=lambda codes: codes.list)
def test_every_list_has_a_source_and_names_in_both_languages(codes: CodeList) -> None:
    """A value that no source gives is not made up."""
    assert codes.source.strip()
    assert all((row.value, row.zh, row.en) for row in codes.rows)
    assert all(row.value == row.value.strip() and row.value.isascii() for row in codes.rows)


@pytest.mark.parametrize("codes", CODES, ids=lambda codes: codes.list)
def test_a_list_of_the_demo_city_says_that_it_is_one(codes: CodeList) -> None:
    """Nobody takes a demo list for a standard."""
    says = "demo" in codes.source and "(演示)" in codes.zh and "(demo)" in codes.en
    assert codes.demo is says
    assert codes.demo is codes.list.startswith("ezhou.")


def test_the_values_that_the_standards_give() -> None:
    """GB/T 2261.1, GB/T 4761, GA/T 2000.25, service items: by value and name."""
    found = {name: {r.value: r.zh for r in codes.rows} for name, codes in code_lists().items()}
    assert list(found["resident_sex"]) == ["0", "1", "2", "9"]
    assert found["resident_sex"]["1"] == "男性"
    assert list(found["relation"]) == ["01", "02", "10", "20", "30", "51", "52", "97", "99"]
    assert found["relation"]["02"] == "户主"
    assert found["registration_cancelled"] == {"1": "死亡", "2": "失踪", "3": "迁出"}
    assert list(found["service_item_type"]) == [*(f"{n:02d}" for n in range(1, 11)), "20"]
    assert found["city_kind"]["06027"] == "油烟污染"


def test_a_list_without_a_source_or_with_a_value_twice_is_refused(tmp_path: Path) -> None:
    """The message names the file."""
    path = tmp_path / "twice.yaml"
    head = "list: a\nversion: '1'\nzh: 甲\nen: a\ndemo: false\n"
    row = "  - {value: '1', zh: 甲, en: a}\n"
    path.write_text(f"{head}source: here\nrows:\n{row}{row}", "utf-8")
    with pytest.raises(CatalogueError, match=r"twice\.yaml.*stand twice: \['1'\]"):
        load(path)
    path.write_text(f"{head}source: ''\nrows:\n{row}", "utf-8")
    with pytest.raises(CatalogueError, match=r"twice\.yaml.*source: ''"):
        load(path)
    path.write_text(f"{head}rows:\n{row}", "utf-8")
    with pytest.raises(CatalogueError, match=r"twice\.yaml.*source"):
        load(path)


def test_every_code_that_has_a_name_means_a_kind_and_the_other_way_round() -> None:
    """Crosswalk and code lists say the same codes; every kind of the crosswalk is a kind."""
    named = {
        (codes.list, codes.version, row.value)
        for codes in (code_lists()[n] for n in ("city_kind", "city_component", "police_kind"))
        for row in codes.rows
    }
    crosswalk = list_rows.crosswalk(SHIPPED["crosswalk"])
    assert crosswalk.keys() == named
    asked = {f"permit_{act}" for act in ("opinion", "site_check", "proof")}
    assert set(crosswalk.values()) | asked == list_rows.kinds(SHIPPED["kinds"]).keys()


def test_every_item_of_the_demo_city_says_what_it_asks_of_a_community() -> None:
    """An item without a row would ask nothing, in silence."""
    named = {row.value for row in code_lists()["permit_item"].rows}
    rows = yaml.safe_load((LISTS / "permit_items.yaml").read_text("utf-8"))["rows"]
    assert [row["value"] for row in rows] == sorted(named)
    assert {row["act"] for row in rows} == {"", "opinion", "site_check", "proof"}


def test_the_proofs_that_are_refused_are_the_province_s_21() -> None:
    """By number, as the list of codes names them."""
    rows = yaml.safe_load((LISTS / "prohibited_proofs.yaml").read_text("utf-8"))["rows"]
    proofs = code_lists()["community_proof"]
    assert [(r["value"], r["zh"]) for r in rows] == [(p.value, p.zh) for p in proofs.rows]
    assert len(rows) == 21
    assert {(row["list"], row["version"]) for row in rows} == {(proofs.list, proofs.version)}


def test_what_the_police_and_city_management_both_see_is_one_kind() -> None:
    """Noise, parking, fire lanes, burning."""
    crosswalk = list_rows.crosswalk(SHIPPED["crosswalk"])
    police, city = ("ezhou.police.kind", "2021"), ("GB/T 47678.5", "2026")
    pairs = {"P41": "06028", "P42": "09009", "P43": "09012", "P44": "06020"}
    for one, other in pairs.items():
        assert crosswalk[*police, one] == crosswalk[*city, other]


def test_thefts_and_quarrels_never_merge() -> None:
    """They are bound to persons, not to a place."""
    kinds = list_rows.kinds(SHIPPED["kinds"])
    for kind in ("theft", "neighbour_quarrel", "falling_object", "other"):
        assert kinds[kind].identity == "none"


def test_every_state_can_be_left_and_every_end_is_an_end() -> None:
    """No task is caught in a state that nobody can end."""
    steps = list_rows.transitions(SHIPPED["task_transitions"])
    left = {state for state, _ in steps}
    reached = {step.to for step in steps.values()}
    assert reached - left <= ENDS
    assert not left & ENDS
    for state in left:
        assert _ends_from(state, {s: {t.to for (f, _), t in steps.items() if f == s} for s in left})


def _ends_from(state: str, leads: dict[str, set[str]]) -> bool:
    seen, todo = set[str](), [state]
    while todo:
        at = todo.pop()
        if at in ENDS:
            return True
        if at not in seen:
            seen.add(at)
            todo += leads.get(at, ())
    return False


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("list: other\nsource: s\nrows: []\n", "is named after its list"),
        ("list: kinds\nrows: []\n", "needs list, source and rows"),
        ("list: kinds\nsource: s\nrows: [{kind_id: a, identity: person}]\n", "mend the list"),
        ("list: kinds\nsource: s\nrows: [{kind_id: a, dispose_hours: 0}]\n", "mend the list"),
    ],
)
def test_a_list_that_the_core_would_refuse_is_refused_before_it_is_published(
    tmp_path: Path, text: str, complaint: str
) -> None:
    """The operator hears it, not the dead letters."""
    (tmp_path / "kinds.yaml").write_text(text, "utf-8")
    with pytest.raises(OperatorError, match=complaint) as refused:
        lists.load(tmp_path)
    assert "kinds.yaml" in str(refused.value)


def test_a_list_of_more_than_a_part_is_cut_between_rows(tmp_path: Path) -> None:
    """Each part is a list of whole rows, at most half a megabyte."""
    rows = "".join(f"  - {{kind_id: k{n}, zh: {'长' * 4000}}}\n" for n in range(100))
    (tmp_path / "kinds.yaml").write_text(f"list: kinds\nsource: s\nrows:\n{rows}", "utf-8")
    (found,) = lists.load(tmp_path)
    assert len(found.bodies) == 3
    assert max(map(len, found.bodies)) <= lists.PART_BYTES
    assert list(list_rows.kinds(found.bodies)) == [f"k{n}" for n in range(100)]
