"""docs/privacy.md says of every topic what the catalogue says."""

from collections.abc import Callable
from pathlib import Path

from schemas.catalogue import Topic, catalogue

DAY_MS = 86_400_000
RowsOf = Callable[[str, str], dict[str, list[str]]]


def _kept(topic: Topic) -> str:
    kept = "for ever" if topic.retention_ms < 0 else f"{topic.retention_ms // DAY_MS} days"
    return f"{kept}, compacted" if topic.cleanup == "compact" else kept


def test_every_topic_stands_in_the_table_as_the_catalogue_has_it(
    root: Path, rows_of: RowsOf
) -> None:
    page = (root / "docs" / "privacy.md").read_text("utf-8")
    found = {name: cells[1:] for name, cells in rows_of(page, "## What is on which topic").items()}
    wanted = {
        topic.name: [topic.classification, topic.legal_basis, _kept(topic)]
        for topic in catalogue().topics.values()
    }
    letters = found.pop("dlq.<topic>")
    assert letters[0].startswith("sealed")
    assert found == wanted
