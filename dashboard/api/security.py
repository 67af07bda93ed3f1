"""The gate in front of everything: by which name may we be asked, and what every answer carries."""

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.said import Said, preferred
from dashboard.settings import Settings

DIRECTIVES = (
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",  # charts and components style elements
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
)
"""No script from elsewhere or within a page: text from a source stays text."""

HEADERS = {
    "content-security-policy": "; ".join(DIRECTIVES),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
NOT_KEPT = "no-store"
"""For answers that do not say themselves how long they may be kept."""


OTHER_NAME = Said(
    "不是用本服务的名称访问:请把该名称加入 SHEQU_DASHBOARD_NAMES。",
    "Not asked by a name of this dashboard: add the name to SHEQU_DASHBOARD_NAMES.",
)


class Gate:
    """Wraps an ASGI app, so that no answer leaves without its headers: errors neither."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._names = {name.lower() for name in settings.hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
        elif self._knows(scope):
            await self._app(scope, receive, _guarded(send))
        else:
            await _refuse(_guarded(send), scope)

    def _knows(self, scope: Scope) -> bool:
        """A page elsewhere that gives its own name this machine's address gets no answer."""
        stated = next((value for name, value in scope["headers"] if name == b"host"), b"")
        name, _, port = stated.decode("latin-1").lower().rpartition(":")
        host = name if port.isdigit() else stated.decode("latin-1").lower()
        return host in self._names or "*" in self._names


def _guarded(send: Send) -> Send:
    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message["headers"])
            said = {name.lower() for name, _ in headers}
            if b"cache-control" not in said:
                headers.append((b"cache-control", NOT_KEPT.encode()))
            headers += [(name.encode(), value.encode()) for name, value in HEADERS.items()]
            message["headers"] = headers
        await send(message)

    return guarded


async def _refuse(send: Send, scope: Scope) -> None:
    accepted = (value for name, value in scope["headers"] if name == b"accept-language")
    language = preferred(next(accepted, b"").decode("latin-1"))
    body = msgspec.json.encode(
        {
            "type": "about:blank",
            "title": "Misdirected Request" if language == "en" else "地址不对",
            "status": 421,
            "detail": OTHER_NAME.to(language),
        }
    )
    headers = [(b"content-type", b"application/problem+json")]
    await send({"type": "http.response.start", "status": 421, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
