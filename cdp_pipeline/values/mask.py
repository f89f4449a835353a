"""Masks of personal values for screens and logs: recognisable to those who know the value, useless to others.

For display only; a masked value is never stored or compared. The caller decides who may see values unmasked.
"""

import re
from typing import Final

HIDDEN: Final = "***"
SHOWN_DIGITS: Final = 3
SHORTEST_SHOWN: Final = 7

_DATE: Final = r"(?<!\d)(?:19|20)\d\d(?P<between>[-_.]?)(?:0[1-9]|1[0-2])(?P=between)(?:0[1-9]|[12]\d|3[01])"
_TIME: Final = r"(?:[T_ -]?(?:[01]\d|2[0-3])[-_.:]?[0-5]\d(?:[-_.:]?[0-5]\d)?Z?)?(?!\d)"
_EMAIL: Final = r"(?P<email>[^\s/@]+@[^\s/@]+\.[^\s/@]+)"
_PHONE: Final = r"(?P<phone>\+?\(?\d(?:[ .()_-]{0,2}\d){6,})"
_CONTACT: Final = re.compile(f"{_EMAIL}|{_DATE}{_TIME}|{_PHONE}")
"""An e-mail address; a date with or without a time, which stays; or seven or more digits with little between them."""


def mask_text(text: str | None) -> str | None:
    """The first letter of each word: `Nguyễn Văn An` becomes `N*** V*** A***`."""
    if text is None:
        return None
    return " ".join(word[0] + HIDDEN for word in text.split())


def mask_phone(phone: str | None) -> str | None:
    """The last three digits: `+84912345678` becomes `+84***678`; a number of fewer than seven digits is hidden."""
    if phone is None:
        return None
    digits = "".join(letter for letter in phone if letter.isdigit())
    if len(digits) < SHORTEST_SHOWN:
        return HIDDEN
    country = "+" + digits[:2] if phone.lstrip().startswith("+") else ""
    return country + HIDDEN + digits[-SHOWN_DIGITS:]


def mask_email(address: str | None) -> str | None:
    """The first letter and the domain: `an.nguyen@example.com` becomes `a***@example.com`."""
    if address is None:
        return None
    local, at, domain = address.strip().rpartition("@")
    if not at:
        return mask_text(address)
    return local[:1] + HIDDEN + at + domain


def mask_value(text: str, name: str, kind: str = "") -> str:
    """The mask of a personal value, of whichever kind it is.

    Args:
        text: The value.
        name: Its column.
        kind: Which kind its row gives it, such as `phone`; empty if none.
    """
    if "email" in name or "email" in kind or ("@" in text and not text.startswith("{")):
        return mask_email(text) or ""
    if "phone" in name or "phone" in kind:
        return mask_phone(text) or ""
    return mask_text(text) or ""


def mask_contacts(text: str) -> str:
    """The name of a file, folder or field with its phones and e-mail addresses masked; dates and times stay.

    `crm/2026-11-16/zalo_0912345678.csv` becomes `crm/2026-11-16/zalo_***678.csv`. Any other number of seven digits or
    more is masked too, as it may be a phone.
    """
    return _CONTACT.sub(_masked_contact, text)


def holds_contact(text: str) -> bool:
    """Whether the text holds what `mask_contacts` would mask."""
    return mask_contacts(text) != text


def _masked_contact(found: re.Match[str]) -> str:
    if found["email"]:
        return mask_email(found["email"]) or ""
    return (mask_phone(found["phone"]) or "") if found["phone"] else found[0]
