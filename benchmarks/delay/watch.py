"""A number on the city page in a real browser, and every moment at which it rose."""

import json
from contextlib import AsyncExitStack

from playwright.async_api import Page, async_playwright

CHROMIUM = "/usr/bin/chromium"
PATIENCE_MS = 60_000
WATCH = """
(ids) => {
  const cell = ids.map(id => `[data-testid="${id}"]`).join(",")
  const seen = []
  let last = -1
  const look = () => {
    const found = document.querySelector(cell)
    const number = found ? Number(found.dataset.value) : -1
    if (number > last) { last = number; seen.push([Date.now(), number]) }
  }
  window.shequWatch?.disconnect()
  window.shequWatch = new MutationObserver(look)
  window.shequWatch.observe(document.body, {subtree: true, childList: true, attributes: true})
  look()
  window.shequSeen = seen
}
"""

Seen = list[tuple[int, int]]
"""Moment (ms since 1970 UTC) and number, both rising."""


class Watched:
    """The page, open; it watches one number at a time."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def begin(self, ids: list[str]) -> int:
        """Watch the number under one of the test ids; gives it as it stands."""
        cell = ",".join(f'[data-testid="{one}"]' for one in ids)
        await self._page.wait_for_selector(cell, state="attached", timeout=PATIENCE_MS)
        await self._page.evaluate(WATCH, ids)
        return (await self.seen())[-1][1]

    async def seen(self) -> Seen:
        """All that was seen since `begin`."""
        found = json.loads(await self._page.evaluate("() => JSON.stringify(window.shequSeen)"))
        return [(int(at), int(number)) for at, number in found]


class Browser:
    """Debian's Chromium with a page open."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Watched:
        driver = await self._stack.enter_async_context(async_playwright())
        browser = await driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        self._stack.push_async_callback(browser.close)
        page = await browser.new_page()
        await page.goto(self._url)
        return Watched(page)

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()
