"""Webhooks that were let in and wait: while one batch is carried, the next one gathers.

So many webhooks share one round trip to the broker and one write of the checkpoint, and each is
answered only after both.
"""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from adapters.kit.adapter import Batch, Rejected, Row, SetAside
from adapters.permits.answers import TAKEN, Answer, later, set_aside, unreadable

FULL = "Too many webhooks wait already."
STUCK = "The bus does not take records now."
CLOSED = "The receiver is stopping."


@dataclass(slots=True, eq=False)
class _Visitor:
    """What a webhook stated, and the answer that it waits for."""

    stated: Row | Rejected
    answer: asyncio.Future[Answer]

    def tell(self, answer: Answer) -> None:
        """Answer, unless it went away."""
        if not self.answer.done():
            self.answer.set_result(answer)


@dataclass(slots=True, kw_only=True)
class WaitingRoom:
    """At most `most` webhooks wait here at a time, each for `patience` seconds at most."""

    most: int
    patience: float
    last_heard: float = field(default_factory=time.monotonic)
    _inside: int = 0
    _waiting: dict[_Visitor, None] = field(default_factory=dict)
    _carried: Sequence[_Visitor] = ()
    _carried_since: float = 0.0
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _closed: bool = False

    @property
    def inside(self) -> int:
        """How many wait."""
        return self._inside

    @property
    def refusal(self) -> Answer | None:
        """What is said at the door; None where it is open."""
        if self._closed:
            return later(CLOSED)
        if self._carried and time.monotonic() - self._carried_since > self.patience:
            return later(STUCK)
        return later(FULL) if self._inside >= self.most else None

    async def answer(self, stated: Row | Rejected) -> Answer:
        """What becomes of it, or that it should be sent again."""
        if refusal := self.refusal:
            return refusal
        visitor = _Visitor(stated, asyncio.get_running_loop().create_future())
        self._waiting[visitor] = None
        self._inside += 1
        self.last_heard = time.monotonic()
        self._arrived.set()
        try:
            async with asyncio.timeout(self.patience):
                return await visitor.answer
        except TimeoutError:
            return later(STUCK)
        finally:
            self._inside -= 1
            self._waiting.pop(visitor, None)

    def take(self, most: int) -> Batch | None:
        """Those that wait longest, as a batch; None where nobody waits.

        Several that state the same are one row.
        """
        taken = list(self._waiting)[:most]
        if not taken:
            return None
        for visitor in taken:
            del self._waiting[visitor]
        self._carried, self._carried_since = taken, time.monotonic()
        rows = {v.stated.original: v.stated for v in taken if isinstance(v.stated, Row)}
        rejected = [v.stated for v in taken if isinstance(v.stated, Rejected)]
        return Batch(list(rows.values()), rejected, carried=self._answer_all)

    async def arrival(self, seconds: float | None) -> None:
        """Until somebody waits, `seconds` at most."""
        if not self._waiting:
            self._arrived.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._arrived.wait()

    def _answer_all(self, gone: SetAside) -> None:
        """The batch is where it belongs: tell all who brought it."""
        findings = {row.original: finding for row, finding in gone}
        for visitor in self._carried:
            if isinstance(visitor.stated, Rejected):
                visitor.tell(unreadable(visitor.stated.finding))
            elif finding := findings.get(visitor.stated.original):
                visitor.tell(set_aside(finding))
            else:
                visitor.tell(TAKEN)
        self._carried = ()

    def close(self) -> None:
        """Let nobody in any more, and have all who wait send again."""
        self._closed = True
        for visitor in [*self._waiting, *self._carried]:
            visitor.tell(later(CLOSED))
