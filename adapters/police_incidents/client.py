"""Asks the police's incident system for pages; what it answers decides what to do next."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec

from adapters.kit.answers import TooLargeError, limited
from adapters.kit.errors import Finding, HaltError, RetryError

Stated = Mapping[str, str | None]
PATH = "/api/incidents"
REFUSED = frozenset({401, 403})
TRY_LATER = frozenset({408, 425, 429})
FIRST_SERVER_ERROR = 500

LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes of a page: of 10000 rows, six thousand for each."""


class Page(msgspec.Struct, frozen=True):
    """One page of `GET /api/incidents`; `rows` are in the order of (gxsj, jqbh)."""

    code: int
    total: int
    page: int
    pages: int
    rows: list[dict[str, str | int | float | bool | None]]

    @property
    def stated(self) -> list[Stated]:
        """The rows, all values as text."""
        return [
            {name: value if value is None else str(value) for name, value in row.items()}
            for row in self.rows
        ]


@dataclass(slots=True)
class Client:
    """Holds one HTTP session; made on first use, so inside the running loop."""

    base_url: str
    api_key: str
    timeout: float
    largest: int = LARGEST_ANSWER
    _session: aiohttp.ClientSession | None = None

    async def page(self, since: str, number: int, size: int) -> Page:
        """A page of the rows changed at `since` or later.

        Raises RetryError for silence, server errors, half answers and those without end; HaltError
        where the key or the address is wrong. A redirect is not followed: the key is for this
        address alone.
        """
        query: dict[str, Any] = {"updated_since": since, "page": number, "page_size": size}
        url = f"{self.base_url.rstrip('/')}{PATH}"
        try:
            async with self._open().get(url, params=query, allow_redirects=False) as answer:
                body = await limited(answer, self.largest)
                return _page(url, answer.status, body)
        except TooLargeError as error:
            lower = "Lower SHEQU_POLICE_INCIDENTS__PAGE_SIZE and restart"
            raise _later(url, f"{error}. {lower}") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _later(url, f"no answer ({type(error).__name__})") from error

    async def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers={"X-Api-Key": self.api_key},
                timeout=aiohttp.ClientTimeout(total=self.timeout),
            )
        return self._session


def _page(url: str, status: int, body: bytes) -> Page:
    if status in REFUSED:
        raise _halt(
            url,
            f"The key is refused ({status}). Ask the police for a valid one, set "
            "SHEQU_POLICE_INCIDENTS__API_KEY and restart.",
        )
    if status in TRY_LATER or status >= FIRST_SERVER_ERROR:
        raise _later(url, f"it answers {status}")
    if status != 200:  # noqa: PLR2004 - OK
        raise _halt(
            url,
            f"It answers {status}: the address or the query is not what it expects. "
            "Check SHEQU_POLICE_INCIDENTS__BASE_URL and restart.",
        )
    try:
        page = _decoded(body)
    except (ValueError, RecursionError) as error:  # msgspec's and json's errors are ValueErrors
        raise _later(url, f"half an answer, or another form ({error})") from error
    if page.code != 0:
        raise _later(url, f"it reports error {page.code}")
    return page


def _decoded(body: bytes) -> Page:
    """The page; characters that are none (half a pair, wrong UTF-8) become question marks."""
    try:
        return msgspec.json.decode(body, type=Page)
    except ValueError:
        text = json.dumps(json.loads(body.decode(errors="replace")), ensure_ascii=False)
        return msgspec.json.decode(text.encode(errors="replace"), type=Page)


def _later(url: str, what: str) -> RetryError:
    advice = f"The incident system gives nothing usable now: {what}. Trying again."
    return RetryError(Finding(rule="source.away", place=url, advice=advice))


def _halt(url: str, advice: str) -> HaltError:
    return HaltError(Finding(rule="source.refuses", place=url, advice=advice))
