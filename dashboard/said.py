"""What people are told, in both languages; Chinese unless they ask for English."""

from typing import Literal, NamedTuple

Language = Literal["zh", "en"]
DEFAULT: Language = "zh"


class Said(NamedTuple):
    """One text twice. Names of parameters, commands and settings stay as they are."""

    zh: str
    en: str

    def to(self, language: Language) -> str:
        """The text in one language."""
        return self.en if language == "en" else self.zh


def preferred(accepted: str) -> Language:
    """The language for a header Accept-Language (RFC 9110, 12.5.4); Chinese for any other text."""
    wishes: dict[str, float] = {}
    for wish in accepted.lower().split(","):
        tag, _, quality = wish.partition(";q=")
        wishes.setdefault(tag.strip().split("-")[0], _quality(quality))
    english, chinese = wishes.get("en", 0.0), wishes.get("zh", 0.0)
    return "en" if english > chinese else DEFAULT


def _quality(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
