"""Masks: personal values made fit for a screen or a log, recognisable to who knows them and useless to others.

Only for display; nothing masked is stored or compared. Who may see values unmasked is decided by who calls.
"""

from typing import Final

_HIDDEN: Final = "***"
_SHOWN_DIGITS: Final = 3
_SHORTEST_SHOWN: Final = 7


def mask_text(text: str | None) -> str | None:
    """The first letter of each word: `Nguyễn Văn An` becomes `N*** V*** A***`."""
    if text is None:
        return None
    return " ".join(word[0] + _HIDDEN for word in text.split())


def mask_phone(phone: str | None) -> str | None:
    """The last three digits: `+84912345678` becomes `+84***678`; a shorter number than a phone's is hidden whole."""
    if phone is None:
        return None
    digits = "".join(letter for letter in phone if letter.isdigit())
    if len(digits) < _SHORTEST_SHOWN:
        return _HIDDEN
    country = "+" + digits[:2] if phone.lstrip().startswith("+") else ""
    return country + _HIDDEN + digits[-_SHOWN_DIGITS:]


def mask_email(address: str | None) -> str | None:
    """The first letter and the domain: `an.nguyen@example.com` becomes `a***@example.com`."""
    if address is None:
        return None
    local, at, domain = address.strip().rpartition("@")
    if not at:
        return mask_text(address)
    return local[:1] + _HIDDEN + at + domain
