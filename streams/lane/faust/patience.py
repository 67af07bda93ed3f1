# mypy: allow-untyped-calls
"""aiokafka's client with two patiences: one for the group's coordinator, one for all the rest."""

from typing import Any

from aiokafka.client import AIOKafkaClient, ConnectionGroup
from aiokafka.conn import AIOKafkaConnection
from typing_extensions import override

REQUEST_SECONDS = 30.0
"""As the Java client has it: an answer that has not come by then was lost on the way."""
JOINING_SECONDS = 90.0
"""Longer than the session: joining a group waits for the others."""


class PatientClient(AIOKafkaClient):
    """Waits long for the coordinator only: it may answer late, a fetch is answered soon or never.

    aiokafka 0.14 has one time for all: a fetch whose answer was lost with its connection kept a
    partition waiting for as long as a group may take to gather.
    """

    def __init__(
        self,
        *,
        request_seconds: float = REQUEST_SECONDS,
        joining_seconds: float = JOINING_SECONDS,
        **settings: Any,  # noqa: ANN401 -- aiokafka's own
    ) -> None:
        """`joining_seconds`: for what is asked of the group's coordinator."""
        super().__init__(request_timeout_ms=int(request_seconds * 1000), **settings)
        self._joining_seconds = joining_seconds

    @override
    async def _get_conn(
        self,
        node_id: int,
        *,
        group: ConnectionGroup = ConnectionGroup.DEFAULT,
        no_hint: bool = False,
    ) -> AIOKafkaConnection | None:
        conn: AIOKafkaConnection | None = await super()._get_conn(
            node_id, group=group, no_hint=no_hint
        )
        if conn is not None and group is ConnectionGroup.COORDINATION:
            conn._request_timeout = self._joining_seconds  # noqa: SLF001 -- it takes one for all
        return conn
