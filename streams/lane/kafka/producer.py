# mypy: allow-untyped-calls
"""aiokafka's producer, which asks again soon where the broker still ends the last transaction."""

from collections.abc import Collection
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.client import CoordinationType
from aiokafka.producer.sender import BACKOFF_OVERRIDE, AddPartitionsToTxnHandler, Sender
from typing_extensions import override

from streams.lane.adaptive import retry_seconds

LEAST_TIMEOUT_MS = 5_000
RETRY_BACKOFF_MS = 100


class QuickProducer(AIOKafkaProducer):
    """One transaction right after another, without the 20 ms that aiokafka 0.14 waits between.

    An answer that is lost on the way is asked for again while the transaction is still open.
    """

    def __init__(
        self,
        *,
        transaction_timeout_ms: int,
        **settings: Any,  # noqa: ANN401 -- aiokafka's own
    ) -> None:
        request_timeout_ms = max(LEAST_TIMEOUT_MS, transaction_timeout_ms // 2)
        super().__init__(
            request_timeout_ms=request_timeout_ms,
            retry_backoff_ms=RETRY_BACKOFF_MS,
            transaction_timeout_ms=transaction_timeout_ms,
            **settings,
        )
        self._sender = QuickSender(
            self.client,
            acks=-1,
            txn_manager=self._txn_manager,
            message_accumulator=self._message_accumulator,
            retry_backoff_ms=RETRY_BACKOFF_MS,
            request_timeout_ms=request_timeout_ms,
        )


class QuickSender(Sender):
    """The background of a QuickProducer."""

    refused = 0
    """How often the broker has refused the transaction that is to begin."""

    @override
    async def _do_add_partitions_to_txn(self, tps: Collection[TopicPartition]) -> bool:
        """Tell the coordinator where the transaction writes: with that it begins."""
        node = await self._find_coordinator(
            CoordinationType.TRANSACTION, self._txn_manager.transactional_id
        )
        return bool(await _Beginning(self, tps).do(node))


class _Beginning(AddPartitionsToTxnHandler):
    _sender: QuickSender

    @override
    def handle_response(self, resp: Any) -> float | None:
        """Seconds to wait before it is asked again, or None where it is done."""
        backoff: float | None = super().handle_response(resp)
        if backoff != BACKOFF_OVERRIDE:
            self._sender.refused = 0
            return backoff
        self._sender.refused += 1
        return retry_seconds(self._sender.refused)
