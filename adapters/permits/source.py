"""Where permits come from: the platform's webhooks, or a folder of bodies that were captured."""

import time
from collections.abc import Callable

from adapters.kit.adapter import Batch, Marks, Source
from adapters.permits.captured import open_captured
from adapters.permits.receiver import Receiver
from adapters.permits.settings import PermitsSettings
from adapters.permits.signature import Verifier, keys_of
from adapters.permits.waiting import WaitingRoom


class PushedSource:
    """What the platform sends, a batch at a time; it must be answered, so it is never read ahead.

    There is nothing to go on from: what was not answered, the platform sends again.
    """

    def __init__(self, settings: PermitsSettings, receiver: Receiver, room: WaitingRoom) -> None:
        """Nothing listens before the first read."""
        self.receiver = receiver
        self._room, self._settings = room, settings

    @property
    def idle(self) -> bool:
        """Whether nobody has knocked for a while: then the platform has nothing more."""
        return not self._room.inside and self._remaining <= 0

    async def read(self) -> Batch | None:
        """Those who wait now. Raises HaltError where the address cannot be listened on."""
        await self.receiver.open()
        return self._room.take(self._settings.batch_webhooks)

    async def wait(self) -> None:
        """Until somebody knocks; or until the silence has become long, if it is not yet."""
        await self._room.arrival(None if self.idle else max(self._remaining, 0.001))

    async def close(self) -> None:
        """Have all who wait send again, and listen no more."""
        await self.receiver.close()

    @property
    def _remaining(self) -> float:
        """Seconds of silence that are still missing."""
        return self._room.last_heard + self._settings.quiet_seconds - time.monotonic()


def open_source(settings: PermitsSettings, marks: Marks) -> Source:
    """Listen; or read the captured bodies from where the marks say."""
    if settings.captured is not None:
        return open_captured(settings.captured, settings.batch_webhooks, marks)
    return listening(settings)


def listening(settings: PermitsSettings, clock: Callable[[], float] = time.time) -> PushedSource:
    """The receiver of the platform's webhooks; `clock` gives s since 1970 UTC."""
    keys = keys_of(settings.secret.get_secret_value())
    verifier = Verifier(keys, settings.tolerance_seconds, clock)
    room = WaitingRoom(most=settings.most_waiting, patience=settings.answer_seconds)
    return PushedSource(settings, Receiver(settings, verifier, room), room)
