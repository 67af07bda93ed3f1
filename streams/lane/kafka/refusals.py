"""What a broker refuses, in words of what to do about it.

A client's error names a code; who reads the worker's last line has to change a topic, an ACL or
another application, and is told which.
"""

from collections.abc import Callable, Iterator

from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    InvalidProducerIdMapping,
    InvalidTxnState,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    RecordTooLargeError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
    UnknownTopicOrPartitionError,
)


def _topics(error: KafkaError) -> str:
    return (
        f"the broker's ACLs forbid this worker {_names(error)}: allow its user to read and write "
        "the topics of its lineage, to read the sources, to write dead letters and crossings"
    )


def _group(error: KafkaError) -> str:
    return f"the broker's ACLs forbid this worker the group {_names(error)}: allow READ on it"


def _transactional_id(error: KafkaError) -> str:
    return (
        f"the broker's ACLs forbid this worker the transactional id {_names(error)}: allow WRITE "
        "and DESCRIBE on all ids that begin with the lineage, to this user alone"
    )


def _cluster(_: KafkaError) -> str:
    return "the broker's ACLs forbid this worker what it asked of the cluster: see the broker's log"


def _too_large(_: KafkaError) -> str:
    return (
        "a topic takes smaller records than the catalogue says: raise its max.message.bytes "
        "(`shequ topics apply` names the topics that differ), then start again"
    )


def _forgotten(_: KafkaError) -> str:
    return (
        "the broker has forgotten this worker's claim, or ended its transaction: it was idle for "
        "longer than transactional.id.expiration.ms, or slower than the session allows; "
        "the next start claims anew"
    )


def _unknown_topic(_: KafkaError) -> str:
    return "a topic is gone: somebody deleted it; start again to read which"


_ADVICE: dict[type[KafkaError], Callable[[KafkaError], str]] = {
    TopicAuthorizationFailedError: _topics,
    GroupAuthorizationFailedError: _group,
    TransactionalIdAuthorizationFailed: _transactional_id,
    ClusterAuthorizationFailedError: _cluster,
    MessageSizeTooLargeError: _too_large,
    RecordListTooLargeError: _too_large,
    RecordTooLargeError: _too_large,
    InvalidProducerIdMapping: _forgotten,
    InvalidTxnState: _forgotten,
    UnknownTopicOrPartitionError: _unknown_topic,
}


def told(error: BaseException) -> str:
    """What it says, and what to do, where the broker's refusal is behind it."""
    said = str(error)
    for cause in _causes(error):
        if isinstance(cause, KafkaError) and type(cause) in _ADVICE:
            return f"{said}: {_ADVICE[type(cause)](cause)}"
    return said


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _names(error: KafkaError) -> str:
    """Of what was refused: aiokafka hands a name, or a set of names."""
    found: list[str] = []
    for part in error.args:
        found += [part] if isinstance(part, str) else sorted(part)
    return ", ".join(found) or "something"
