"""Dead letters: input that cannot be used, kept whole and sealed, with a reason and advice."""

from collections.abc import Iterable

from adapters.kit.adapter import Gone, Rejected, Row
from adapters.kit.errors import Finding, masked
from adapters.kit.events import Outgoing, cloud_event
from schemas.codec import Codec
from schemas.events import seal_event
from schemas.identity import content_hash, letter_id, row_id
from schemas.keystore import KeyStore
from schemas.sealing import Sealer

SCHEMA = "shequ.dlq.Letter"
GONE = "row.gone"

LARGEST = 512 * 1024
"""Bytes of an original that a letter carries; of a larger one, its beginning."""


class Letters:
    """Makes the letters of one source; the same content under the same rule is the same letter."""

    def __init__(self, *, source: str, topic: str, dead_letters: str, keys: KeyStore) -> None:
        """Letters about the logical `topic`, to the physical topic `dead_letters`."""
        self._source, self._topic, self._dead_letters = source, topic, dead_letters
        self._keys, self._sealer, self._codec = keys, Sealer(keys), Codec()

    def of_row(self, row: Row, finding: Finding, record_id: str, now: int) -> tuple[str, Outgoing]:
        """Id and message for a row. `now` is ms UTC."""
        name = letter_id(self._source, finding.rule, content_hash(self._keys, row.raw))
        return name, self._letter(name, finding.at(row.place), row.original, record_id, now)

    def of_input(self, rejected: Rejected, now: int) -> tuple[str, Outgoing]:
        """Id and message for input that is no row. `now` is ms UTC."""
        name = self.name_of_input(rejected)
        return name, self._letter(name, rejected.finding, rejected.original, "", now)

    def name_of_input(self, rejected: Rejected) -> str:
        """The id alone."""
        digest = content_hash(self._keys, rejected.original)
        return letter_id(self._source, rejected.finding.rule, digest)

    def make_keys(self, record_ids: Iterable[str]) -> None:
        """Keys for letters about these records, in one transaction of the key store."""
        self._keys.create_many(sorted(map(self._owner, record_ids)))

    def of_gone(self, gone: Gone, now: int) -> Outgoing:
        """The message for a record that its system holds no more. `now` is ms UTC."""
        advice = (
            "Its row was deleted: that is no cancellation, so the hub keeps the record as it was "
            "last. If it ended, write that into the row instead; if not, put the row back."
        )
        finding = Finding(rule=GONE, place=gone.place, advice=advice)
        original = gone.record_id.encode()
        return self._letter(self.name_of_gone(gone), finding, original, gone.record_id, now)

    def name_of_gone(self, gone: Gone) -> str:
        """The id alone: one letter for a record, ever."""
        return letter_id(self._source, GONE, content_hash(self._keys, gone.record_id.encode()))

    def ours(self, value: bytes) -> str | None:
        """The id of a letter on the topic if this source wrote it; raises ContractError."""
        letter = self._codec.decode(value, expected=SCHEMA)[1]
        return str(letter["letter_id"]) if letter["source"] == self._source else None

    def _letter(
        self, name: str, finding: Finding, original: bytes, record_id: str, now: int
    ) -> Outgoing:
        letter = {
            "letter_id": name,
            "topic": self._topic,
            "source": self._source,
            "place": finding.place,
            "record_id": record_id,
            "rule": finding.rule,
            "field": finding.field,
            "value": masked(finding.value),
            "advice": finding.advice,
            "at": now,
            "original": original[:LARGEST],
        }
        owner = self._owner(record_id or name)
        value = self._codec.encode(SCHEMA, seal_event(SCHEMA, letter, self._sealer, owner))
        headers = cloud_event(name, self._source, SCHEMA, now)
        return Outgoing(self._dead_letters, name.encode("ascii"), value, headers)

    def _owner(self, name: str) -> str:
        """Whose key seals a letter: the record's own, or the letter's."""
        return f"r.{row_id(self._source, name)}"
