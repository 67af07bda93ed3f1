"""What the pages point to is there: files, headings, pictures, commands, make's targets."""

import re
import struct
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer

from ops.cli import build

Pages = dict[Path, str]

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|<img[^>]* src=\"([^\"]+)\"")
ROOMS = ("adapters", "benchmarks", "dashboard", "deploy", "docs", "ops", "schemas", "streams")
SMALLEST_PICTURE = (500, 300)
PICTURES = Path("docs/pictures")


def _prose(text: str) -> str:
    """The text without its blocks of code."""
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def _links(text: str) -> Iterator[str]:
    for plain, picture in LINK.findall(_prose(text)):
        yield plain or picture


def _anchors(text: str) -> set[str]:
    """Names of a page's headings, as GitHub and GitLab make them."""
    headings = re.findall(r"^#+ (.+)$", _prose(text), flags=re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in plain}


def _code(text: str) -> list[str]:
    """Every line of code: spans in the text, and the lines of blocks without their comments."""
    blocks = re.findall(r"^```(?:console|sh|text)?\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [re.sub(r"\s#.*", "", line) for block in blocks for line in block.splitlines()]
    return lines + re.findall(r"`([^`\n]+)`", _prose(text))


def test_every_link_leads_to_a_file_and_a_heading_that_are_there(pages: Pages) -> None:
    wrong = []
    for page, text in pages.items():
        for link in _links(text):
            target, _, anchor = unquote(link).partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            found = (page.parent / target).resolve() if target else page
            lost = not found.exists()
            if anchor and not lost and found in pages:
                lost = anchor not in _anchors(pages[found])
            if lost:
                wrong.append(f"{page.name}: {link}")
    assert wrong == []


def test_every_room_that_a_page_of_ours_names_is_there(root: Path, pages: Pages) -> None:
    """`ops/cli.py` in the README or in docs/ is a file; what has `<` or `*` in it is a pattern."""
    wrong = []
    for page, text in pages.items():
        if page.parent != root and not page.is_relative_to(root / "docs"):
            continue
        for span in re.findall(r"`([^`\n]+)`", _prose(text)):
            path = span.split("::")[0]
            named = re.fullmatch(rf"({'|'.join((*ROOMS, 'tests'))})/[\w./-]*", path)
            if named and "static" not in path and not (root / path).exists():
                wrong.append(f"{page.name}: {span}")
    assert wrong == []


def test_every_command_that_a_page_tells_to_run_exists(pages: Pages) -> None:
    top = typer.main.get_command(build())
    wrong = []
    for page, text in pages.items():
        for line in _code(text):
            said = re.search(r"(?:^|/|\s)shequ((?: [a-z][a-z_-]*)+)", line)
            command = top
            for word in said[1].split() if said else ():
                below = getattr(command, "commands", None)
                if below is None:
                    break  # from here on the words are arguments
                if word not in below:
                    wrong.append(f"{page.name}: {line}")
                    break
                command = below[word]
    assert wrong == []


def test_every_target_that_a_page_tells_to_make_exists(root: Path, pages: Pages) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text("utf-8"), re.MULTILINE))
    asked = {
        (page.name, target)
        for page, text in pages.items()
        for line in _code(text)
        if (found := re.match(r"\s*make((?: [a-z-]+)+)\s*$", line))
        for target in found[1].split()
    }
    assert asked
    assert {target for _, target in asked} - targets == set(), asked


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md", "docs/community.zh-CN.md"])
def test_the_first_pages_show_the_product(name: str, root: Path, pages: Pages) -> None:
    shown = [link for link in _links(pages[root / name]) if link.endswith(".png")]
    assert shown


def test_every_picture_is_a_picture_and_is_shown_somewhere(root: Path, pages: Pages) -> None:
    shown = {
        (page.parent / link).resolve()
        for page, text in pages.items()
        for link in _links(text)
        if link.endswith(".png")
    }
    kept = set((root / PICTURES).glob("*.png"))
    assert kept
    assert kept == shown
    for picture in kept:
        head = picture.read_bytes()[:24]
        assert head[:8] == b"\x89PNG\r\n\x1a\n", picture
        width, height = struct.unpack(">II", head[16:24])
        assert width >= SMALLEST_PICTURE[0], picture
        assert height >= SMALLEST_PICTURE[1], picture


def test_every_decision_has_a_number_of_its_own_and_a_title(root: Path) -> None:
    decisions = sorted((root / "docs" / "adr").glob("[0-9]*.md"))
    numbers = [path.name.split("-")[0] for path in decisions]
    assert decisions
    assert len(set(numbers)) == len(numbers)
    for path in decisions:
        assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", path.name), path.name
        assert path.read_text("utf-8").startswith("# "), path.name


def test_the_index_of_decisions_names_each_by_its_title(root: Path) -> None:
    folder = root / "docs" / "adr"
    index = (folder / "README.md").read_text("utf-8")
    listed = set(re.findall(r"^\| \d+ \| \[(.+)\]\((.+)\) \|$", index, re.MULTILINE))
    titled = {
        (path.read_text("utf-8").splitlines()[0].partition(". ")[2], path.name)
        for path in folder.glob("[0-9]*.md")
    }
    assert listed == titled
