"""Seal what is personal, whole, in the adapter; open it for a purpose."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from schemas.codec import Codec
from schemas.errors import SealBrokenError
from schemas.keystore import KeyStore

SUITE_AES_SIV = 1
"""First byte of a sealed field: which suite sealed it. Another suite (SM4) takes another number."""
HEAD_BYTES = 2
"""The suite, and the length of the owner's name."""


class Sealer:
    """Seals records with the key of their owner.

    Layout: suite byte, length of the owner's name (1 byte), the owner's name (a pseudonym or
    a record key, ASCII), ciphertext. Associated data is event id + path, so a sealed field
    cannot be moved to another event. AES-SIV (RFC 5297) is deterministic: sealing again after
    a crash gives the same bytes, hence the same event.
    """

    def __init__(self, keys: KeyStore) -> None:
        """Seal with the keys of this store."""
        self.keys = keys
        self._codec = Codec()

    def seal(self, schema: str, value: object, *, event_id: str, path: str, owner: str) -> bytes:
        """Seal a record of `schema`, or bytes where schema is "bytes"."""
        plain = (
            value
            if schema == "bytes" and isinstance(value, bytes)
            else self._codec.encode(schema, value)
        )
        name = owner.encode("ascii")
        sealed = AESSIV(self.keys.key(owner)).encrypt(plain, [event_id.encode(), path.encode()])
        return bytes((SUITE_AES_SIV, len(name))) + name + sealed

    def unseal(self, schema: str, sealed: bytes, *, event_id: str, path: str) -> object:
        """Open a sealed field.

        Raises SealBrokenError where it was sealed for another event or by another store,
        KeyDestroyedError where its owner was erased.
        """
        if len(sealed) < HEAD_BYTES or sealed[0] != SUITE_AES_SIV:
            message = "the field is not sealed by a suite this process knows: upgrade it"
            raise SealBrokenError(message)
        end = HEAD_BYTES + sealed[1]
        key = self.keys.key(sealed[HEAD_BYTES:end].decode("ascii"))
        try:
            plain = AESSIV(key).decrypt(sealed[end:], [event_id.encode(), path.encode()])
        except InvalidTag as error:
            message = (
                f"the sealed field {path} of event {event_id} does not open: "
                "it is another event's, or another key store's"
            )
            raise SealBrokenError(message) from error
        return plain if schema == "bytes" else self._codec.decode(plain, expected=schema)[1]


def owner_of(sealed: bytes) -> str:
    """Whose key sealed the field: a pseudonym or a record key."""
    return sealed[HEAD_BYTES : HEAD_BYTES + sealed[1]].decode("ascii")
