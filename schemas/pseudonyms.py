"""Names for persons outside the sealed field."""

import hmac
from base64 import b32encode
from typing import Protocol


class EpochKeys(Protocol):
    """Whoever holds the epoch keys (a key store)."""

    @property
    def epoch(self) -> int:
        """The current epoch, 1, 2, 3 ..."""

    def epoch_key(self, epoch: int) -> bytes:
        """32 bytes of that epoch."""


def pseudonym(keys: EpochKeys, kind: str, normalised_id: str) -> str:
    """`e<epoch>.` + base32(HMAC-SHA256(epoch key, kind U+001F id)): joins records, names nobody.

    `kind` keeps number spaces apart (resident_id, phone); the id must be normalised by the caller.
    """
    epoch = keys.epoch
    digest = hmac.digest(keys.epoch_key(epoch), f"{kind}\x1f{normalised_id}".encode(), "sha256")
    return f"e{epoch}.{b32encode(digest[:20]).decode().lower()}"
