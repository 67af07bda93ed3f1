"""A registry of the city's own (Apicurio, Confluent, Karapace): its ids are not the lock's.

The contract stays the hub's: a record is taken if its schema there is one that is locked here.
"""

from http import HTTPStatus

import aiohttp
import msgspec

from adapters.kit.answers import TooLargeError, limited
from adapters.kit.errors import Finding, RetryError
from schemas.catalogue import catalogue
from schemas.sameness import NoSchemaError, find, parsed

LARGEST_ANSWER = 1024 * 1024
"""Bytes: the largest schema of the hub has a few thousand."""


class _Answer(msgspec.Struct):
    """What is asked of it."""

    schema: str


class ForeignRegistry:
    """Asks once for each id; what an id stands for never changes."""

    def __init__(self, url: str, schema: str, *, timeout: float, setting: str) -> None:
        """`url` is what producers are given, too; `setting` names it; `timeout` in seconds."""
        self._url, self._schema, self._setting = url.rstrip("/"), schema, setting
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._known: dict[int, int] = {}

    async def ours(self, number: int) -> int | None:
        """The locked id of the same schema; None where there is none. Raises RetryError."""
        if number in self._known:
            return self._known[number]
        text = await self._text(number)
        entry = None if text is None else _locked(self._schema, text)
        if entry is not None:
            self._known[number] = entry
        return entry

    async def _text(self, number: int) -> str | None:
        """The schema that the registry gives for an id; None where it has none."""
        url = f"{self._url}/schemas/ids/{number}"
        try:
            async with (
                aiohttp.ClientSession(timeout=self._timeout) as session,
                session.get(url) as answer,
            ):
                if answer.status == HTTPStatus.NOT_FOUND:
                    return None
                answer.raise_for_status()
                body = await limited(answer, LARGEST_ANSWER)
                return msgspec.json.decode(body, type=_Answer).schema
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._away(url, f"{type(error).__name__}: {error}") from error
        except TooLargeError as error:
            raise self._away(url, str(error)) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self._away(url, "its answer is no schema") from error

    def _away(self, url: str, why: str) -> RetryError:
        advice = (
            f"The registry does not answer ({why}): trying again. If this goes on, look at it, or "
            f"correct {self._setting} and restart."
        )
        return RetryError(Finding(rule="source.away", place=url, advice=advice))


def _locked(schema: str, text: str) -> int | None:
    try:
        entry = find(catalogue(), schema, parsed(text))
    except NoSchemaError:
        return None
    return None if entry is None else entry.id
