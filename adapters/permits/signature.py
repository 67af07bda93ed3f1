"""Standard Webhooks (https://www.standardwebhooks.com): who sent this, and when.

Of our own, over `hmac`: the standard's library takes one secret and a tolerance that is fixed, and
does not say whether the secret or the clock is wrong. A test signs with that library.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
VERSION = "v1,"
PREFIX = "whsec_"
SHORTEST_KEY = 24
"""Bytes, as the standard asks."""

_NAME = re.compile(r"[A-Za-z0-9_:-]{1,128}")
_TIME = re.compile(r"\d{1,12}")


class UnverifiedError(Exception):
    """Nobody who knows the secret sent this, or not now; `rule` and `advice` say which."""

    def __init__(self, rule: str, advice: str) -> None:
        """Neither tells what was expected."""
        super().__init__(advice)
        self.rule, self.advice = rule, advice


def keys_of(secrets: str) -> list[bytes]:
    """The keys of a setting: `whsec_<base64>`, several with commas.

    Raises ValueError, which does not say the secret.
    """
    keys = [_key(secret.strip()) for secret in secrets.split(",") if secret.strip()]
    if not keys:
        raise ValueError("no secret")
    return keys


def sign(key: bytes, name: str, at: int, body: bytes) -> str:
    """The signature of a body sent as `name` (webhook-id) at `at`, s since 1970 UTC."""
    content = b"%b.%d.%b" % (name.encode(), at, body)
    return VERSION + base64.b64encode(hmac.digest(key, content, "sha256")).decode()


@dataclass(frozen=True, slots=True)
class Verifier:
    """Knows the keys; `clock` gives s since 1970 UTC, `tolerance` is in seconds."""

    keys: Sequence[bytes]
    tolerance: float
    clock: Callable[[], float]

    def name_of(self, headers: Mapping[str, str], body: bytes) -> str:
        """The webhook's id, if the body is signed with one of the keys and fresh.

        All keys are tried, each compared in constant time. Raises UnverifiedError.
        """
        name, at = headers.get(ID, ""), headers.get(TIMESTAMP, "")
        if not (_NAME.fullmatch(name) and _TIME.fullmatch(at)):
            raise UnverifiedError(
                "webhook.signature",
                f"Send {ID} (1 to 128 letters, digits, _ : -) and {TIMESTAMP} (s since 1970).",
            )
        stated = headers.get(SIGNATURE, "").encode("ascii", "replace").split()
        right = [sign(key, name, int(at), body).encode() for key in self.keys]
        if not any(hmac.compare_digest(ours, theirs) for ours in right for theirs in stated):
            raise UnverifiedError(
                "webhook.signature",
                f"{SIGNATURE} fits none of the hub's secrets: sign id.timestamp.body, the bytes "
                "that are sent, with the secret in force.",
            )
        self._require_fresh(int(at))
        return name

    def _require_fresh(self, at: int) -> None:
        off = round(self.clock() - at)
        if abs(off) > self.tolerance:
            way = "old" if off > 0 else "ahead"
            raise UnverifiedError(
                "webhook.clock",
                f"Signed {abs(off)} s {way}, {self.tolerance:g} s are allowed. Sign each try anew; "
                "if you do, set the clocks of both systems (NTP).",
            )


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(PREFIX) or len(key) < SHORTEST_KEY:
        raise ValueError("a secret is no whsec_ and base64 of 24 bytes at least")
    return key
