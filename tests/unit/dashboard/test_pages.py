"""The built page: its files, its views, how long a browser may keep them, and nothing beside it."""

import gzip
from pathlib import Path

import httpx
import pytest

from dashboard.api import pages

PAGE = "<!doctype html><title>社区</title>" + "<!-- wide -->" * 200


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built page beside something that is none of the browser's business."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(PAGE, "utf-8")
    (folder / "assets" / "index-1a2b.js").write_text("console.log(1);" * 200, "utf-8")
    (folder / "favicon.svg").write_text("<svg/>", "utf-8")
    (tmp_path / "secret.txt").write_text("key", "utf-8")
    monkeypatch.setattr(pages, "STATIC", folder)
    return folder


async def test_every_view_of_the_page_is_the_page(folder: Path, client: httpx.AsyncClient) -> None:
    for path in ("/", "/tasks/1", "/unit/420704001013", "/assets"):
        answer = await client.get(path)
        assert answer.text == (folder / "index.html").read_text("utf-8")
        assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.usefixtures("folder")
async def test_files_with_a_hash_in_their_name_are_kept_for_ever_the_page_is_asked_for_again(
    client: httpx.AsyncClient,
) -> None:
    script = await client.get("/assets/index-1a2b.js")
    assert "immutable" in script.headers["cache-control"]
    assert (await client.get("/")).headers["cache-control"] == "no-cache"


@pytest.mark.usefixtures("folder")
async def test_a_browser_that_has_the_file_is_told_so(client: httpx.AsyncClient) -> None:
    first = await client.get("/")
    again = await client.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = await client.get("/", headers={"If-None-Match": '"older"'})
    assert other.status_code == 200


@pytest.mark.usefixtures("folder")
async def test_text_is_packed_for_those_who_can_unpack_it(client: httpx.AsyncClient) -> None:
    async with client.stream("GET", "/", headers={"Accept-Encoding": "gzip"}) as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw).decode() == PAGE
    plain = await client.get("/", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.headers["vary"] == "Accept-Encoding"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/%00.js",
        "//etc/passwd.txt",
        "/missing.js",
    ],
)
async def test_no_path_leads_out_of_the_folder(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(httpx.URL("http://127.0.0.1:8080").copy_with(raw_path=path.encode()))
    assert answer.status_code == 404
    assert "key" not in answer.text


async def test_a_link_out_of_the_folder_is_not_followed(
    folder: Path, client: httpx.AsyncClient
) -> None:
    (folder / "shortcut.txt").symlink_to(folder.parent / "secret.txt")
    assert (await client.get("/shortcut.txt")).status_code == 404


async def test_a_page_built_anew_is_served_anew(folder: Path, client: httpx.AsyncClient) -> None:
    before = (await client.get("/")).headers["etag"]
    (folder / "index.html").write_text(PAGE + "new", "utf-8")
    after = await client.get("/")
    assert after.text.endswith("new")
    assert after.headers["etag"] != before


async def test_a_page_that_is_not_built_says_what_to_do(
    folder: Path, client: httpx.AsyncClient
) -> None:
    (folder / "index.html").unlink()
    answer = await client.get("/")
    assert answer.status_code == 503
    assert "make web" in answer.text
