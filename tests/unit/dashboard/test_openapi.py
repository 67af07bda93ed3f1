"""The API describes itself."""

import json
from pathlib import Path

import pytest

from dashboard.api.app import document

Described = dict[str, dict[str, dict[str, dict[str, str]]]]
STORED = Path(__file__).parents[3] / "dashboard" / "openapi.json"


@pytest.fixture(scope="module")
def described() -> Described:
    found: Described = json.loads(document())
    return found


def test_the_stored_document_is_current() -> None:
    """The page is built from this file; `shequ dashboard --openapi dashboard/openapi.json`."""
    assert STORED.read_bytes() == document()


def test_every_path_says_what_it_is_for_in_english_and_chinese(
    described: Described,
) -> None:
    for path, methods in described["paths"].items():
        for said in methods.values():
            assert said["summary"], path
            assert said["description"], path
            if path.startswith("/api/"):
                assert not said["summary"].isascii(), path


def test_nothing_can_be_changed_through_the_api(
    described: Described,
) -> None:
    """The registry is asked by POST, too; test_registry.py shows that it takes nothing."""
    asked = {
        path: tuple(methods)
        for path, methods in described["paths"].items()
        if not path.startswith("/registry/")
    }
    assert set(asked.values()) == {("get",)}


def test_no_answer_has_a_field_for_anything_personal(
    described: Described,
) -> None:
    text = json.dumps(described["components"])
    for field in ("personal", "resident_id", "phone", '"person"', "original", "candidates"):
        assert field not in text
