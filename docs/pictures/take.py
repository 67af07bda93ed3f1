"""Take the pictures of the README and of docs/ anew, from a demo that runs.

`python docs/pictures/take.py [http://127.0.0.1:8080]`, with Chromium as Debian has it. Where
something that a picture is there to show is not seen on it, it is not written, and why is told.
"""  # noqa: INP001 -- a script beside what it makes, no package

import json
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Browser, Locator, Page, sync_playwright

HERE = Path(__file__).parent
CHROMIUM = "/usr/bin/chromium"
ADDRESS = "http://127.0.0.1:8080"
SHARP = 1.5
WAIT_MS = 20_000
MARGIN = 24

SYSTEMS = ("tasks_open", "residents", "incidents_open", "cases_open", "permits_open")
ADAPTERS = (
    "household_registration",
    "police_incidents",
    "city_cases",
    "permits",
    "kafka_intake",
    "kafka_intake_moves",
)
CITY = (
    *(f"total-{name}" for name in SYSTEMS),
    *(f"source-{name}-verdict" for name in ADAPTERS),
    "letters-total",
    "map",
    "bars",
)
UNIT = (*(f"summary-{name}" for name in SYSTEMS), "tab-residents", "tab-households", "tab-permits")
TASK = ("task-state", "task-departments", "task-requests", "clock-dispose")


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: where it is taken, how big (CSS pixels), and what must be seen on it.

    It grows until all of `seen` (test ids; one that begins with `*` ends so) is on it.
    """

    name: str
    path: str
    seen: tuple[str, ...]
    width: int = 1280
    height: int = 800
    language: str = "zh"


def pictures(tree: "Asked") -> Iterator[Picture]:
    """All of them; the community is the busiest, the task the one that joins most departments."""
    task = f"/tasks/{tree.task()}"
    unit = f"/units/{tree.busiest('tasks_open')}"
    permits = f"/units/{tree.busiest('acts_refused')}?tab=permits"
    yield Picture("city", "/", CITY, width=1440)
    yield Picture("city.en", "/", CITY, width=1440, language="en")
    yield Picture("unit", unit, UNIT)
    yield Picture("permits", permits, ("tab-permits", "filter-act", "*-note"))
    yield Picture("task", task, TASK)
    yield Picture("task.en", task, TASK, language="en")
    yield Picture("phone", unit, (*UNIT, "filter-state"), width=390, height=844)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the API of the demo says."""

    address: str

    def get(self, path: str) -> Any:  # noqa: ANN401 -- JSON
        """Answer of a path."""
        with urllib.request.urlopen(f"{self.address}{path}", timeout=20) as answer:  # noqa: S310 -- the demo's address
            return json.load(answer)

    def task(self) -> str:
        """The open task with the most requests of different departments."""
        found = self.get("/api/tasks?state=open&sort=-requests&size=50")["items"]
        details = [self.get(f"/api/tasks/{quote(task['task_id'])}") for task in found]
        best = max(details, key=_variety)
        return str(best["task"]["task_id"])

    def busiest(self, field: str) -> str:
        """The community with the most of something."""
        units = self.get(f"/api/units?level=community&sort=-{field}&size=1")["items"]
        return str(units[0]["code"])


def _variety(detail: Any) -> tuple[int, int]:  # noqa: ANN401 -- JSON
    """How many departments ask in a task, and through how many systems."""
    requests = detail["requests"]
    return len({r["department"] for r in requests}), len({r["source"] for r in requests})


def take(browser: Browser, address: str, picture: Picture) -> Path:
    """Open the page, wait until it is complete and still, and keep what is seen."""
    page = browser.new_page(
        viewport={"width": picture.width, "height": picture.height},
        device_scale_factor=SHARP,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
    )
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(f"{address}{picture.path}")
    if picture.language == "en":
        page.get_by_test_id("language").click()
        page.mouse.move(0, 0)
    for name in picture.seen:
        _place(page, name).wait_for(timeout=WAIT_MS)
    _until_still(page)
    _grow(page, picture)
    complaints += _unseen(page, picture)
    if complaints:
        raise SystemExit(f"{picture.name} ({picture.path}): " + "; ".join(complaints))
    target = HERE / f"{picture.name}.png"
    page.screenshot(path=target)
    page.close()
    return target


def _place(page: Page, name: str) -> Locator:
    if name.startswith("*"):
        return page.locator(f'[data-testid$="{name[1:]}"]').first
    return page.get_by_test_id(name).first


def _until_still(page: Page) -> None:
    """Nothing loads any more, and two looks a moment apart see the same size of page."""
    page.wait_for_function("document.querySelectorAll('[data-testid=loading]').length === 0")
    page.wait_for_function("document.fonts.status === 'loaded'")
    height = -1
    while height != (height := page.evaluate("document.body.scrollHeight")):
        page.wait_for_timeout(700)


def _grow(page: Page, picture: Picture) -> None:
    """As high as what must be seen reaches down."""
    boxes = [_place(page, name).bounding_box() for name in picture.seen]
    lowest = max(box["y"] + box["height"] for box in boxes if box)
    height = max(picture.height, round(lowest) + MARGIN)
    page.set_viewport_size({"width": picture.width, "height": height})
    _until_still(page)


def _unseen(page: Page, picture: Picture) -> Iterator[str]:
    """What is outside of the picture, or empty; a page wider than the window."""
    size = page.viewport_size or {"width": 0, "height": 0}
    for name in picture.seen:
        box = _place(page, name).bounding_box()
        if box is None or box["y"] + box["height"] > size["height"] or box["height"] < 1:
            yield f"{name} is not seen"
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        yield "the page is wider than the window"


def main(address: str) -> None:
    """Take all of them."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for picture in pictures(Asked(address)):
            target = take(browser, address, picture)
            print(f"{target.name}\t{target.stat().st_size >> 10} KiB")  # noqa: T201 -- a script
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else ADDRESS)
