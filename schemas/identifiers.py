"""Check digits of official numbers."""

from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_LENGTH = 18


def resident_id_check(first17: str) -> str:
    """Check character of a citizen's number 公民身份号码.

    Source: GB 11643-1999, ISO 7064 MOD 11-2.
    """
    total = sum(int(digit) * weight for digit, weight in zip(first17, _WEIGHTS, strict=True))
    return _CHECK[total % 11]


def valid_resident_id(number: str) -> bool:
    """Whether the 18 characters carry a true check character and a possible birth date."""
    number = number.strip().upper()
    head = number[:17]
    if len(number) != _LENGTH or not (head.isascii() and head.isdigit()):
        return False
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return resident_id_check(head) == number[17]
