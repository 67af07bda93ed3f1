"""A real browser reads from the page what the ledger says, live and in both languages."""

from collections.abc import AsyncIterator

import pytest
from hub import Hub, expected_counts
from playwright.async_api import Page, ViewportSize, async_playwright
from privacy import Secrets

from ops.simulator.ledger import Truth

FIRST_ROW = '[data-testid^="unit-420"]'
CHROMIUM = "/usr/bin/chromium"
SHOWN = (
    "tasks_open", "tasks_total", "requests_total", "residents_total", "incidents_open",
    "cases_open", "permits_open",
)  # fmt: skip
AS_SHOWN = {"residents_total": "residents"}
"""Fields that the units table shows by another name: residents, each person once."""
SYSTEMS = ("police_incidents", "city_cases", "household_registration", "permits", "kafka_intake",
           "kafka_intake_moves")  # fmt: skip
PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """A page of Debian's Chromium, as wide as a desk."""
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield await browser.new_page(viewport={"width": 1600, "height": 1000}, locale="zh-CN")
        await browser.close()


async def test_the_page_shows_the_true_numbers_and_follows_them_live(hub: Hub, page: Page) -> None:
    await hub.city.run_day(0)
    await hub.until_true(hub.city.ledger.after(0))
    await page.goto(hub.url)
    await _city_shows(page, hub.city.ledger.after(0))
    await page.evaluate("() => { window.notReloaded = true }")
    await hub.city.run_day(1)
    await _city_shows(page, hub.city.ledger.after(1))
    assert await page.evaluate("() => window.notReloaded")
    await hub.until_true(hub.city.ledger.after(1))
    await _every_community_shows(page, hub.url, hub.city.ledger.after(1))
    await _every_source_is_live(hub, page)
    await _a_unit_shows_the_four_systems(hub, page)
    await _a_task_of_two_departments_shows_both(hub, page)
    await _the_keyboard_reaches_a_task(hub, page)
    await _a_phone_shows_all_without_scrolling_sideways(hub, page)
    await _the_language_switch_turns_the_page_english(hub, page)
    await _nothing_personal_is_on_the_pages(hub, page)


async def _city_shows(page: Page, truth: Truth) -> None:
    counts = expected_counts(truth).values()
    for name in SHOWN:
        total = sum(entry[name] for entry in counts)
        await page.locator(f'[data-testid="total-{name}"][data-value="{total}"]').wait_for(
            timeout=60_000
        )


async def _every_community_shows(page: Page, url: str, truth: Truth) -> None:
    wanted = {
        code: {name: counts[name] for name in SHOWN}
        for code, counts in expected_counts(truth).items()
        if not code.endswith("000")
    }
    found: dict[str, dict[str, int]] = {}
    await page.goto(f"{url}/?level=community")
    await page.locator(FIRST_ROW).first.wait_for()
    while True:
        found |= await page.evaluate(READ_ROWS, [[n, AS_SHOWN.get(n, n)] for n in SHOWN])
        following = page.get_by_test_id("page-next")
        if not await following.count() or await following.is_disabled():
            break
        first = await page.locator(FIRST_ROW).first.get_attribute("data-testid")
        await following.click()
        await page.wait_for_function(
            f"first => document.querySelector('{FIRST_ROW}')?.dataset.testid !== first",
            arg=first,
        )
    assert len(found) == 358
    assert {code: counts for code, counts in found.items() if any(counts.values())} == {
        code: counts for code, counts in wanted.items() if any(counts.values())
    }


READ_ROWS = """
names => Object.fromEntries(
  [...document.querySelectorAll('[data-testid]')]
    .filter(row => /^unit-\\d{12}$/.test(row.dataset.testid))
    .map(row => {
      const code = row.dataset.testid.slice(5)
      const cell = name => document.querySelector(`[data-testid="unit-${code}-${name}"]`)
      const read = ([name, shown]) => [name, Number(cell(shown).dataset.value)]
      return [code, Object.fromEntries(names.map(read))]
    }))
"""


async def _every_source_is_live(hub: Hub, page: Page) -> None:
    await page.goto(hub.url)
    for adapter in SYSTEMS:
        verdict = page.get_by_test_id(f"source-{adapter}-verdict")
        await verdict.and_(page.locator('[data-value="live"]')).wait_for()


async def _a_unit_shows_the_four_systems(hub: Hub, page: Page) -> None:
    """The figures on top, and each list's length, of the busiest community."""
    counts = expected_counts(hub.city.ledger.after(1))
    code = max((c for c in counts if not c.endswith("000")), key=lambda c: counts[c]["tasks_total"])
    await page.goto(f"{hub.url}/units/{code}")
    for name in SHOWN:
        value = f'[data-value="{counts[code][name]}"]'
        await page.get_by_test_id(f"summary-{name}").and_(page.locator(value)).wait_for()
    lists = {"residents": "residents_total", "incidents": "incidents_total",
             "cases": "cases_total", "permits": "permits_total"}  # fmt: skip
    for tab, name in lists.items():
        await page.get_by_test_id(f"tab-{tab}").click()
        value = f'[data-value="{counts[code][name]}"]'
        await page.get_by_test_id("list-total").and_(page.locator(value)).wait_for()


async def _the_keyboard_reaches_a_task(hub: Hub, page: Page) -> None:
    """Tab shows where one is, and Enter opens it: no mouse is needed."""
    await page.goto(f"{hub.url}/units/420700000000?tab=tasks")
    await page.locator('[data-testid^="task-"]').first.wait_for()
    for _ in range(80):
        await page.keyboard.press("Tab")
        place = await page.evaluate(FOCUSED)
        assert place["visible"], place
        if place["href"].startswith("/tasks/"):
            break
    await page.keyboard.press("Enter")
    await page.get_by_test_id("task-state").wait_for()


FOCUSED = """
() => {
  const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect()
  const marked = style.outlineStyle !== 'none' || style.boxShadow !== 'none'
  return {
    href: at.getAttribute('href') ?? '', tag: at.tagName, text: at.textContent.slice(0, 40),
    visible: at === document.body || (box.width > 0 && box.height > 0 && marked),
  }
}
"""


async def _a_phone_shows_all_without_scrolling_sideways(hub: Hub, page: Page) -> None:
    wide = page.viewport_size
    await page.set_viewport_size(PHONE)
    for path in ("/", "/units/420704001000", "/units/420704001000?tab=permits"):
        await page.goto(hub.url + path)
        await page.get_by_test_id("live").wait_for()
        await page.get_by_test_id("loading").first.wait_for(state="detached")
        width = await page.evaluate("() => document.documentElement.scrollWidth")
        assert width <= PHONE["width"], path
    await page.goto(hub.url)
    await page.get_by_test_id("total-tasks_open").wait_for()
    if wide is not None:
        await page.set_viewport_size(wide)


async def _a_task_of_two_departments_shows_both(hub: Hub, page: Page) -> None:
    truth = hub.city.ledger.after(1)
    shared = next(t for t in truth.tasks if len({source for source, _ in t.requests}) > 1)
    numbers = {record for _, record in shared.requests}
    tasks = await hub.pages(f"/api/tasks?code={shared.code}")
    for task in tasks:
        await page.goto(f"{hub.url}/tasks/{task['task_id']}")
        await page.get_by_test_id("task-state").wait_for()
        cells = page.locator('[data-testid^="request-"]')
        ids = [await cell.get_attribute("data-testid") for cell in await cells.all()]
        if {str(name).removeprefix("request-") for name in ids} == numbers:
            return
    pytest.fail(f"no task page shows the requests {sorted(numbers)} side by side")


async def _the_language_switch_turns_the_page_english(hub: Hub, page: Page) -> None:
    await page.goto(hub.url)
    await page.get_by_test_id("total-tasks_open").wait_for()
    assert await page.locator("html").get_attribute("lang") == "zh-CN"
    await page.get_by_test_id("language").click()
    await page.locator('html[lang^="en"]').wait_for()
    await page.reload()
    await page.locator('html[lang^="en"]').wait_for()


async def _nothing_personal_is_on_the_pages(hub: Hub, page: Page) -> None:
    secrets = Secrets(hub.city.ledger.secrets(1))
    busiest = max(hub.city.ledger.after(1).counts.items(), key=lambda entry: entry[1].tasks_total)
    for path in ("/", f"/units/{busiest[0]}", f"/units/{busiest[0]}?tab=incidents"):
        await page.goto(hub.url + path)
        await page.get_by_test_id("live").wait_for()
        await page.wait_for_load_state("domcontentloaded")
        assert secrets.first_in((await page.content()).encode()) is None, path
