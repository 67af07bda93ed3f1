"""What is personal is sealed whole: nobody reads it without the key, and a lost key loses it."""

import pytest

from schemas.codec import Codec
from schemas.errors import KeyDestroyedError, SealBrokenError
from schemas.events import seal_event, sealed_fields
from schemas.keystore import KeyStore
from schemas.sealing import Sealer, owner_of

CALLER = {
    "name": "某某",
    "resident_id": None,
    "phone": "13800000000",
    "address": None,
    "text": "救",
}
SCHEMA = "shequ.police.Caller"
OWNER = "e1.mzxw6ytboi"


@pytest.fixture
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyStore:
    """A key store of its own."""
    return KeyStore.open(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def sealer(keys: KeyStore) -> Sealer:
    """Seals with that store."""
    return Sealer(keys)


def _seal(sealer: Sealer, event: str = "event-1", path: str = "personal") -> bytes:
    return sealer.seal(SCHEMA, CALLER, event_id=event, path=path, owner=OWNER)


def test_what_was_sealed_opens_again(sealer: Sealer) -> None:
    """With the same event and the same path."""
    sealed = _seal(sealer)
    assert sealer.unseal(SCHEMA, sealed, event_id="event-1", path="personal") == CALLER


def test_nothing_of_it_can_be_read(sealer: Sealer) -> None:
    """Only whose it is, by pseudonym."""
    sealed = _seal(sealer)
    assert "某某".encode() not in sealed
    assert b"13800000000" not in sealed
    assert owner_of(sealed) == OWNER


def test_sealing_again_gives_the_same_bytes(sealer: Sealer, keys: KeyStore) -> None:
    """Sending after a crash sends the same event."""
    assert _seal(sealer) == _seal(sealer) == _seal(Sealer(keys))


def test_another_event_or_path_gives_other_bytes(sealer: Sealer) -> None:
    """Nobody sees that two events hold the same person's same words."""
    assert len({_seal(sealer), _seal(sealer, event="event-2"), _seal(sealer, path="original")}) == 3


@pytest.mark.parametrize(
    ("event", "path"), [("event-2", "personal"), ("event-1", "original"), ("", "personal")]
)
def test_moved_to_another_event_or_field_it_does_not_open(
    sealer: Sealer, event: str, path: str
) -> None:
    """A caller cannot be put under somebody else's incident."""
    with pytest.raises(SealBrokenError, match=path):
        sealer.unseal(SCHEMA, _seal(sealer), event_id=event, path=path)


def test_changed_by_one_bit_it_does_not_open(sealer: Sealer) -> None:
    """Wherever the bit is, behind the owner's name."""
    sealed = _seal(sealer)
    for position in range(2 + len(OWNER), len(sealed)):
        damaged = bytearray(sealed)
        damaged[position] ^= 1
        with pytest.raises(SealBrokenError):
            sealer.unseal(SCHEMA, bytes(damaged), event_id="event-1", path="personal")


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x02\x00abc", b"\xff" * 40])
def test_what_no_known_suite_sealed_is_refused(sealer: Sealer, sealed: bytes) -> None:
    """Another suite takes another number: an old process says that it is old."""
    with pytest.raises(SealBrokenError, match="upgrade"):
        sealer.unseal(SCHEMA, sealed, event_id="event-1", path="personal")


def test_another_key_store_does_not_open_it(
    sealer: Sealer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Even where it knows the same owner."""
    other = Sealer(KeyStore.open(tmp_path_factory.mktemp("other")))
    _seal(other)
    with pytest.raises(SealBrokenError, match="another key store"):
        other.unseal(SCHEMA, _seal(sealer), event_id="event-1", path="personal")


def test_erasure_takes_all_that_a_person_ever_sealed(sealer: Sealer, keys: KeyStore) -> None:
    """No topic is rewritten; what stands there does not open any more, for anybody."""
    sealed = [_seal(sealer), _seal(sealer, event="event-2")]
    keys.destroy(OWNER)
    for bytes_, event in zip(sealed, ("event-1", "event-2"), strict=True):
        with pytest.raises(KeyDestroyedError, match=OWNER):
            sealer.unseal(SCHEMA, bytes_, event_id=event, path="personal")
    with pytest.raises(KeyDestroyedError):
        _seal(sealer, event="event-3")


def test_bytes_are_sealed_as_they_are(sealer: Sealer) -> None:
    """A dead letter's original need not be a record."""
    sealed = sealer.seal("bytes", b"\x00half", event_id="letter", path="original", owner="r.1")
    assert sealer.unseal("bytes", sealed, event_id="letter", path="original") == b"\x00half"


def test_an_event_is_sealed_where_its_schema_says_and_left_alone_elsewhere(sealer: Sealer) -> None:
    """The original is not changed; an empty field stays empty."""
    event = {"event_id": "event-1", "summary": "text", "personal": CALLER}
    done = seal_event("shequ.police.Incident", event, sealer, OWNER)
    assert event["personal"] is CALLER
    assert done == {**event, "personal": _seal(sealer)}
    without = {"event_id": "event-1", "personal": None}
    assert seal_event("shequ.police.Incident", without, sealer, OWNER) == without


def test_every_field_that_is_sealed_is_sealed_as_a_record_that_is_known() -> None:
    """Whoever may open it knows what is inside."""
    assert sealed_fields("shequ.police.Incident") == {"personal": "shequ.police.Caller"}
    assert sealed_fields("shequ.city.Case") == {"personal": "shequ.city.Reporter"}
    assert sealed_fields("shequ.dlq.Letter") == {"original": "bytes"}
    assert sealed_fields("shequ.tasks.Task") == {}


def test_sealed_records_are_framed_like_all_others(sealer: Sealer, keys: KeyStore) -> None:
    """What was sealed years ago says itself which version of its schema it has."""
    sealed = _seal(sealer)
    plain = Codec().encode(SCHEMA, CALLER)
    again = sealer.seal("bytes", plain, event_id="event-1", path="personal", owner=OWNER)
    assert sealed == again
    assert Sealer(keys).unseal(SCHEMA, again, event_id="event-1", path="personal") == CALLER
