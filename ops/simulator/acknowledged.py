"""What a sender need not send again, also after kill -9: a file with a line for each."""

from pathlib import Path


class Acknowledged:
    """Marks that were written down whole; a line torn by a kill counts as none."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        whole = path.read_bytes().rpartition(b"\n")[0] if path.exists() else b""
        self._marks = set(whole.decode().split("\n")) - {""}
        if path.exists():
            path.write_bytes(whole + b"\n" if whole else b"")

    def __contains__(self, mark: str) -> bool:
        return mark in self._marks

    def __len__(self) -> int:
        return len(self._marks)

    def add(self, *marks: str) -> None:
        """Remember, before anything else is done."""
        if not marks:
            return
        self._marks.update(marks)
        with self._path.open("a", encoding="utf-8") as file:
            file.write("".join(f"{mark}\n" for mark in marks))
