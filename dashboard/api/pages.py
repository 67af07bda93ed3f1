"""Serves the built page: files by their names, the page itself for every other path.

Names under assets/ hold a hash of their content, so browsers may keep them for ever.
"""

import gzip
import mimetypes
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Annotated

from litestar import MediaType, Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter

from dashboard.api.params import ANY_QUERY
from dashboard.api.problems import NOTHING_HERE, UnknownError
from dashboard.said import Said

STATIC = Path(__file__).parents[1] / "static"
NOT_PAGES = ("api", "registry")
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
WORTH_PACKING = 1024
PACKED_TYPES = ("text/", "application/json", "image/svg", "application/manifest")
MISSING = (
    "The page is not built yet: run `make web`, then reload. 页面尚未构建: 请先运行 make web。\n"
)


@dataclass(frozen=True, slots=True)
class File:
    """One file of the page, plain and (where that is worth it) packed."""

    body: bytes
    packed: bytes | None
    media_type: str
    etag: str
    cache: str


class Pages:
    """The files of one folder, read at first use; a name that is no file there reads nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._files: dict[tuple[str, int], File] = {}

    def find(self, path: str) -> File | None:
        """The file for a path, or the page itself for a path without a dot (a view of the page)."""
        name = path.strip("/") or "index.html"
        found = self._known(name)
        if found is None and "." not in Path(name).name:
            found = self._known("index.html")
        return None if found is None else self._read(found)

    def _known(self, name: str) -> Path | None:
        """The file of that name; no path leads out of the folder."""
        try:
            path = (self._folder / name).resolve(strict=True)
        except (OSError, ValueError):
            return None
        return path if path.is_file() and path.is_relative_to(self._folder) else None

    def _read(self, path: Path) -> File:
        changed = path.stat().st_mtime_ns
        name = path.relative_to(self._folder).as_posix()
        if (name, changed) not in self._files:
            self._files[name, changed] = _file(name, path.read_bytes())
        return self._files[name, changed]


def _file(name: str, body: bytes) -> File:
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    packing = len(body) >= WORTH_PACKING and media_type.startswith(PACKED_TYPES)
    return File(
        body=body,
        packed=gzip.compress(body, mtime=0) if packing else None,
        media_type=media_type,
        etag=f'"{blake2b(body, digest_size=8).hexdigest()}"',
        cache=FOR_EVER if name.startswith("assets/") else ASK_AGAIN,
    )


@get(
    ["/", "/{path:path}"],
    include_in_schema=False,
    opt={"exclude_from_compression": True, ANY_QUERY: True},
)
async def page(
    pages: NamedDependency[Pages],
    path: FromPath[str] = "",
    accepted: Annotated[str, HeaderParameter(name="Accept-Encoding")] = "",
    known: Annotated[str, HeaderParameter(name="If-None-Match")] = "",
) -> Response[bytes]:
    """A file of the page; 304 where the browser has it."""
    if path.strip("/").split("/")[0] in NOT_PAGES:
        raise UnknownError(NOTHING_HERE)
    file = pages.find(path)
    if file is None and not pages.find("index.html"):
        return Response(MISSING.encode(), status_code=503, media_type=MediaType.TEXT)
    if file is None:
        raise UnknownError(Said(f"页面没有文件 {path}。", f"The page has no file {path}."))
    headers = {"ETag": file.etag, "Cache-Control": file.cache, "Vary": "Accept-Encoding"}
    if known == file.etag:
        return Response(b"", status_code=304, headers=headers, media_type=file.media_type)
    if file.packed is not None and "gzip" in accepted:
        headers["Content-Encoding"] = "gzip"
        return Response(file.packed, headers=headers, media_type=file.media_type)
    return Response(file.body, headers=headers, media_type=file.media_type)


ROUTER = Router("/", route_handlers=[page])
