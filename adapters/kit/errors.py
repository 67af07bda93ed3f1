"""What goes wrong in an adapter, grouped by what to do next: retry, set aside, stop."""

from dataclasses import dataclass, replace

SHOWN = 2
"""Characters that a masked value shows at either end, at most; never more than half of it."""


def masked(value: str) -> str:
    """A personal value, known again by who holds the original: 13800001111 -> 13*******11.

    Of a text that is not all ASCII one character: two may be a whole name.
    """
    value = value.strip()
    shown = min(SHOWN if value.isascii() else 1, len(value) // 4)
    hidden = "*" * min(len(value) - 2 * shown, 12)
    return value[:shown] + hidden + value[len(value) - shown :]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Where something is wrong, which rule it breaks, and what to do about it.

    `place` is file:row or a URL; `value` is masked already.
    """

    rule: str
    advice: str
    place: str = ""
    field: str = ""
    value: str = ""

    def at(self, place: str) -> "Finding":
        """The same finding, with its place."""
        return replace(self, place=place)

    @property
    def sentence(self) -> str:
        """All of it in one line, for logs and people."""
        where = f"{self.place}: " if self.place else ""
        what = f" ({self.field}={self.value!r})" if self.field else ""
        return f"{where}{self.rule}{what}. {self.advice}"


class AdapterError(Exception):
    """Something went wrong; `finding` says where, and what to do."""

    def __init__(self, finding: Finding) -> None:
        """Carry the finding."""
        super().__init__(finding.sentence)
        self.finding = finding


class RetryError(AdapterError):
    """The same step may succeed later: the source or the broker is away, or answers nonsense."""


class DeadLetterError(AdapterError):
    """This one record cannot be used: set it aside, whole, and go on."""


class HaltError(AdapterError):
    """Only a person can mend this: stop reading, keep saying so."""


def missing(field: str, advice: str) -> DeadLetterError:
    """A field that must be stated is empty."""
    return DeadLetterError(Finding(rule="field.missing", field=field, advice=advice))
