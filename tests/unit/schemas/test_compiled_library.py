"""The compiled library: made once, kept in private, and done without where it cannot be."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.codec import Codec
from schemas.compiled import cache, library
from schemas.compiled.__main__ import main
from schemas.compiled.library import NAME, key

needs_compiler = pytest.mark.skipif(library().native is None, reason=library().missing)
IDENTITY = b"\x00\x00\x00\x00\x12\x02a"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache folder of its own, and a process that has loaded nothing yet."""
    folder = tmp_path / "kept"
    monkeypatch.setenv(cache.FOLDER, str(folder))
    library.cache_clear()
    yield folder
    monkeypatch.undo()
    library.cache_clear()


def _file(folder: Path) -> Path:
    return folder / f"{NAME}-{key()}.so"


@needs_compiler
def test_it_is_compiled_once_and_loaded_after_that(
    kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`python -m schemas.compiled` does it ahead, and says where it is."""
    assert main() == 0
    assert capsys.readouterr().out.strip() == str(_file(kept))
    made = _file(kept).stat()
    library.cache_clear()
    assert library().path == _file(kept)
    assert _file(kept).stat().st_mtime_ns == made.st_mtime_ns
    assert kept.stat().st_mode & 0o777 == 0o700
    assert made.st_mode & 0o777 == 0o600
    assert [path.name for path in kept.iterdir()] == [_file(kept).name]


@needs_compiler
def test_a_kept_library_needs_no_compiler(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compile it where there is one, and go on where there is none."""
    assert library().native is not None
    library.cache_clear()
    monkeypatch.setenv("PATH", str(kept))
    monkeypatch.setenv("CC", "")
    assert library().native is not None


@needs_compiler
@pytest.mark.parametrize("damage", [b"", b"\x7fELF", None], ids=["emptied", "cut", "one bit"])
def test_a_damaged_library_is_made_again(kept: Path, damage: bytes | None) -> None:
    """It is not loaded: half a library ends the process."""
    assert library().native is not None
    spoilt = bytearray(_file(kept).read_bytes())
    spoilt[5000] ^= 1
    _file(kept).unlink()  # what is loaded stays as it is
    _file(kept).write_bytes(bytes(spoilt) if damage is None else damage)
    library.cache_clear()
    assert not cache.whole(_file(kept))
    assert library().native is not None
    assert cache.whole(_file(kept))


@needs_compiler
def test_a_library_that_others_may_write_is_made_again(kept: Path) -> None:
    assert library().native is not None
    _file(kept).chmod(0o666)
    library.cache_clear()
    assert not cache.whole(_file(kept))
    assert library().native is not None
    assert _file(kept).stat().st_mode & 0o777 == 0o600


@needs_compiler
def test_several_processes_may_compile_at_once(kept: Path) -> None:
    """Each puts a whole file in place; none loads half of another's."""
    told = "from schemas.codec import Codec; c = Codec(compiled=True); "
    told += f"print(c.engine, [c.decode({IDENTITY!r})[1] for _ in range(2)])"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", told],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        for _ in range(4)
    ]
    answers = {process.communicate(timeout=120)[0].strip() for process in started}
    assert answers == {"compiled [{'task_id': 'a'}, {'task_id': 'a'}]"}
    assert [path.name for path in kept.iterdir()] == [_file(kept).name]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("no_compiler", None, "no C compiler (Debian: apt install gcc python3-dev)"),
        ("fails", "#!/bin/sh\necho it is broken >&2\nexit 1\n", "failed: it is broken"),
        (
            "makes_rubbish",
            "#!/bin/sh\nfor last; do :; done\necho rubbish > $last\n",
            "does not load",
        ),
    ],
)
def test_without_a_library_fastavro_reads_and_the_reason_is_told(
    kept: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    content: str | None,
    said: str,
) -> None:
    """No worker stands because of a compiler."""
    compiler = kept.parent / name
    monkeypatch.setenv("CC", str(compiler))
    if content is None:
        monkeypatch.setenv("PATH", str(kept.parent))
    else:
        compiler.write_text(content)
        compiler.chmod(0o700)
    codec = Codec(compiled=True)
    assert codec.engine.startswith("fastavro (")
    assert said in codec.engine
    assert codec.decode(IDENTITY) == ("shequ.state.Identity", {"task_id": "a"})
    assert codec.encode("shequ.state.Identity", {"task_id": "a"}) == IDENTITY
    assert main() == 1
    assert said in capsys.readouterr().err
    assert not list(kept.iterdir())


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o755])
def test_a_folder_that_others_can_look_into_is_not_used(kept: Path, mode: int) -> None:
    """Who can write there can put any code into this process; the message says what to do."""
    kept.mkdir()
    kept.chmod(mode)
    assert library().native is None
    assert "is not private: chmod 700" in library().missing


def test_a_folder_that_others_can_replace_is_not_used(kept: Path) -> None:
    """Private itself, in a place where anybody may rename it; as in /tmp, the sticky bit helps."""
    kept.mkdir(mode=0o700)
    kept.parent.chmod(0o777)
    with pytest.raises(cache.NotPrivateError, match=f"others can write to {kept.parent}"):
        cache.private(kept)
    kept.parent.chmod(0o1777)
    assert cache.private(kept) == kept.resolve()


def test_a_link_is_followed_before_it_is_trusted(kept: Path) -> None:
    open_to_all = kept.parent / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    kept.symlink_to(open_to_all)
    with pytest.raises(cache.NotPrivateError, match="open is not private"):
        cache.private(kept)


def test_it_is_kept_in_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Unless `SHEQU_DECODER_CACHE` names another folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.folder() == tmp_path / "shequ" / "decoder"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache.folder() == tmp_path / ".cache" / "shequ" / "decoder"


@needs_compiler
@pytest.mark.long
def test_no_byte_that_is_not_its_own_is_touched(tmp_path: Path) -> None:
    """The tests of the compiled part, with one that the compiler's sanitizers watch over."""
    asan = subprocess.run(
        ["cc", "-print-file-name=libasan.so"],  # noqa: S607 - whichever compiler there is
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    if not Path(asan).is_absolute():
        pytest.skip("this compiler has no address sanitizer")
    here = Path(__file__).parent
    watched = {
        "CC": "cc -g -fsanitize=address,undefined -fno-sanitize-recover=all",
        "LD_PRELOAD": asan,
        "ASAN_OPTIONS": "detect_leaks=0",  # Python keeps what it keeps
        "PYTHONMALLOC": "malloc",
        "XDG_CACHE_HOME": str(tmp_path),
    }
    files = [str(here / name) for name in ("test_compiled.py", "test_compiled_fuzz.py")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-m", "not long", "-p", "no:cacheprovider", *files],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | watched,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    (made,) = tmp_path.glob("shequ/decoder/*.so")
    assert b"__asan_init" in made.read_bytes()
