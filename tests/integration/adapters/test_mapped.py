"""Another city's real export, through a mapping file, onto the topic: what check foretold."""

import asyncio
from collections import Counter
from pathlib import Path

import adapters
from adapters.check import check
from adapters.registry import find
from tests.integration.adapters.town import Found

DATA = Path(__file__).parents[2] / "data" / "cases_311" / "boston"
BOSTON = Path(adapters.__file__).parent / "city_cases" / "mappings" / "boston.yaml"


async def test_what_a_run_sends_is_what_a_check_foretold(found: Found, tmp_path: Path) -> None:
    """200 rows in two files, 100 cases: each is sent once, and a second run sends none."""
    hub, inbox = (await found()).hub, tmp_path / "boston"
    inbox.mkdir()
    for path in DATA.iterdir():
        (inbox / path.name).write_bytes(path.read_bytes())
    hub.environment |= {
        "SHEQU_CITY_CASES__INBOX": str(inbox),
        "SHEQU_CITY_CASES__MAPPING": str(BOSTON),
    }
    assert await hub.once("city_cases") == 0
    events = [message.event for message in await hub.messages("city.cases")]
    assert len(events) == len({event["record_id"] for event in events}) == 100
    assert await hub.once("city_cases") == 0
    assert await hub.count("city.cases") == 100

    foretold = await asyncio.to_thread(check, find("city_cases"), given=DATA, mapping=BOSTON)
    assert foretold.events == len(events)
    assert foretold.states["status"] == Counter(event["status"] for event in events)
    kinds = Counter(event["kind"]["value"] for event in events)
    assert {code.value: code.count for code in foretold.codes} == kinds
