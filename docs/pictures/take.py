"""Take the pictures of the README and of docs/ anew, from a demo that runs.

`python docs/pictures/take.py [http://127.0.0.1:8080]`, with Chromium as Debian has it.
"""  # noqa: INP001 -- a script beside what it makes, no package

import json
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
CHROMIUM = "/usr/bin/chromium"
ADDRESS = "http://127.0.0.1:8080"
SHARP = 1.5
WAIT_MS = 20_000


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: where it is taken, how big (CSS pixels), and what must be seen on it."""

    name: str
    path: str
    sight: str
    width: int = 1280
    height: int = 800
    language: str = "zh"


def pictures(tree: "Asked") -> Iterator[Picture]:
    """All of them; the community is the busiest, the task the one that joins most departments."""
    task = f"/tasks/{tree.task()}"
    unit = f"/units/{tree.community()}"
    yield Picture("city", "/", "bars", width=1440, height=1042)
    yield Picture("city.en", "/", "bars", width=1440, height=1042, language="en")
    yield Picture("unit", unit, "list-total", height=760)
    yield Picture("task", task, "task-requests", height=800)
    yield Picture("task.en", task, "task-requests", height=800, language="en")
    yield Picture("phone", unit, "list-total", width=390, height=844)


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
        details = [self.get(f"/api/tasks/{task['task_id']}") for task in found]
        best = max(details, key=lambda one: len({r["department"] for r in one["requests"]}))
        return str(best["task"]["task_id"])

    def community(self) -> str:
        """The community with the most open tasks."""
        units = self.get("/api/units?level=community&sort=-tasks_open&size=1")["items"]
        return str(units[0]["code"])


def take(browser: Browser, address: str, picture: Picture) -> Path:
    """Open the page, wait until it is complete and still, and keep what is seen."""
    page = browser.new_page(
        viewport={"width": picture.width, "height": picture.height},
        device_scale_factor=SHARP,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
    )
    page.goto(f"{address}{picture.path}")
    if picture.language == "en":
        page.get_by_test_id("language").click()
    page.get_by_test_id(picture.sight).first.wait_for(timeout=WAIT_MS)
    _until_still(page)
    target = HERE / f"{picture.name}.png"
    page.screenshot(path=target)
    page.close()
    return target


def _until_still(page: Page) -> None:
    """Nothing loads any more, and two looks a moment apart see the same size of page."""
    page.wait_for_function("document.querySelectorAll('[data-testid=loading]').length === 0")
    page.wait_for_function("document.fonts.status === 'loaded'")
    height = -1
    while height != (height := page.evaluate("document.body.scrollHeight")):
        page.wait_for_timeout(700)


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
