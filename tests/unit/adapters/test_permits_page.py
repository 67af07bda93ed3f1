"""What the platform's page tells to do is done here as it stands there."""

import asyncio
import re
from pathlib import Path

import adapters
from adapters.permits.mapping import FIELDS, PLAIN
from tests.unit.adapters.door import SECRET, application, door

PAGE = (Path(adapters.__file__).parent / "permits" / "README.md").read_text("utf-8")


def example(url: str) -> str:
    """The page's program, for another address and secret."""
    program, data = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    for name, value in (("URL", f"{url}/webhooks/permits"), ("SECRET", SECRET)):
        program, changed = re.subn(
            rf'^{name} = ".*"$', f'{name} = "{value}"', program, flags=re.MULTILINE
        )
        assert changed == 1
    return f"{data}\n{program}"


async def test_the_programs_ten_lines_send_an_application(tmp_path: Path) -> None:
    async with door(tmp_path) as hub:
        await asyncio.to_thread(exec, example(hub.url), {"__name__": "example"})
        (message,) = hub.bench.topic
        assert message.key == b"420704001013"
        assert dict(message.headers)["ce_type"] == b"shequ.permits.Application"


def test_the_program_is_as_short_as_the_page_says() -> None:
    lines = example("").splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith("def send"))
    assert len(lines[start : lines.index("", start)]) <= 10


def test_every_answer_that_the_receiver_gives_stands_in_the_page() -> None:
    folder = Path(adapters.__file__).parent / "permits"
    code = "".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    rules = set(re.findall(r'"(webhook\.[a-z_]+)"', code))
    operators = (folder.parents[1] / "docs" / "operator.md").read_text("utf-8")
    assert len(rules) > 5
    assert {rule for rule in rules if f"`{rule}`" not in operators} == set()
    for status in ("200", "202", "400", "401", "404", "405", "408", "413", "415", "503"):
        assert re.search(rf"^\| .*\b{status}\b", PAGE, re.MULTILINE), status


def test_what_says_nothing_about_a_person_is_what_is_not_sealed() -> None:
    sealed = {"dz", "jd", "wd", "sqrxm", "sqrsfzh", "sqrdh", "sqsy"}
    assert application().keys() - sealed == PLAIN


def test_every_field_of_the_page_is_read() -> None:
    assert application().keys() == FIELDS
    named = re.findall(r"^\| `([a-z]+)` \| [^|]+ \| (?:yes|no|when)", PAGE, re.MULTILINE)
    assert set(named) == FIELDS
