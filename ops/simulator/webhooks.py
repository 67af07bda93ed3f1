"""Webhooks as the platform signs them: Standard Webhooks, https://www.standardwebhooks.com."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from typing import Literal

from ops.simulator.memory import SimulatorError

PREFIX = "whsec_"
PATH = "/webhooks/permits"
Sort = Literal["own", "again", "captured", "forged", "half"]
ANSWERS: dict[Sort, range] = {
    "own": range(200, 300),
    "again": range(200, 300),  # nothing comes of it a second time
    "captured": range(401, 402),
    "forged": range(401, 402),
    "half": range(400, 401),
}
"""What each is to be answered; another answer to the platform's own means: send it again."""
CAPTURED_SECONDS = 3600  # how old a captured webhook is


@dataclass(frozen=True, slots=True)
class Message:
    """One webhook to send: the platform's own, the same `again`, or what nobody should believe."""

    id: str
    body: bytes
    sort: Sort = "own"

    @property
    def mark(self) -> str:
        """Under which it is remembered."""
        return f"{self.id} {self.sort}"

    def headers(self, key: bytes, now: int) -> dict[str, str]:
        """Signed at `now` (s since 1970 UTC), each try anew; a captured one as it was, long ago."""
        at = now - CAPTURED_SECONDS if self.sort == "captured" else now
        known = key[::-1] if self.sort == "forged" else key
        return {
            "Content-Type": "application/json",
            "webhook-id": self.id,
            "webhook-timestamp": str(at),
            "webhook-signature": signature(known, self.id, at, self.body),
        }


def key_of(secret: str) -> bytes:
    """The key in `whsec_<base64>`; raises SimulatorError if there is none."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not key or not secret.startswith(PREFIX):
        raise SimulatorError(f"The webhooks' secret is none: give {PREFIX} and the key in base64.")
    return key


def signature(key: bytes, name: str, at: int, body: bytes) -> str:
    """`v1,` and the HMAC-SHA256 of id, timestamp and body."""
    content = f"{name}.{at}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
