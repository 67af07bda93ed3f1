"""A department's own producer: the lines of the project's page, and what clients may choose."""

from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka import Producer

from tests.integration.adapters.department import BLOCK, CASES, Department, case

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
async def test_the_ten_lines_of_the_projects_page_bring_a_case(
    department: Department, page: str
) -> None:
    """Taken from the page itself; the example of a case is that of the adapter's page."""
    (lines,) = BLOCK.findall((ROOT / page).read_text("utf-8"))
    assert len([line for line in lines.splitlines() if line]) <= 11
    department = department.on(replace(CASES, lines=lines))
    for _ in range(2):
        await department.run_readme()
        assert await department.once() == 0
    (event,) = await department.events()
    assert event["record_id"] == "CG2026112000001"
    assert await department.hub.count(CASES.topic) == 2
    assert await department.letters() == []


@pytest.mark.parametrize("sort", ["gzip", "lz4", "snappy", "zstd"])
async def test_records_may_be_compressed_as_every_client_can(
    department: Department, sort: str
) -> None:
    """And without a key."""
    producer = Producer({"bootstrap.servers": department.hub.bootstrap, "compression.type": sort})
    for number in range(50):
        producer.produce(department.topic, department.framed(case(str(number))))
    assert producer.flush(20) == 0
    assert await department.once() == 0
    assert {e["record_id"] for e in await department.events()} == {str(n) for n in range(50)}
