"""An exported cell and the same cell after a spreadsheet saved it -> whether the spreadsheet or a person changed it.

Spreadsheets rewrite cells that no person edited: they cut leading zeros, show long numbers as `8.49E+11`, write dates
in the local order, and letters that their file format lacks as `?`. Such a cell has no new value. If a person's change
cannot be distinguished from such a rewriting, it is doubtful.
"""

import re
from datetime import datetime, timedelta
from decimal import Context, Decimal
from enum import Enum

# A spreadsheet's numbers end at 1E+308: what has more digits behind the E is an id.
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d{1,3})?")
_SCIENTIFIC = re.compile(r"[+-]?\d(?:[.,]\d+)?[eE][+-]?\d{1,3}")
_MAY_LACK_DIGITS = re.compile(r"[+-]?[1-9]\d{14}0+")
_FIT = re.compile(r"[+-]?\d+(?:\.\d+)?|\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}.*)?")
_DAY_AND_MONTH = re.compile(r"\d{1,2}-[^\W\d]{3}|[^\W\d]{3}-\d{2}")
_TWO_NUMBERS = re.compile(r"\d{1,2}[-/.]\d{1,2}(?:\d\d)?")
_ERROR = re.compile(r"#(?:NAME\?|VALUE!|REF!|DIV/0!|NUM!|N/A|NULL!)|#{3,}")
_CLOCK = r"(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?(?: ?([AaPp])\.?[Mm]\.?)?)?"
_SECONDS = re.compile(r":\d{2}:\d{2}(\.\d)?")
_ISO_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})" + _CLOCK)
_COUNTRYS_DATE = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})" + _CLOCK)

_EXACT_DIGITS = 15
"""Digits of a number that a spreadsheet keeps; further ones become zeros."""

_MOST_LETTERS = 32_767
"""Letters that a cell of a spreadsheet holds; further ones are cut off."""

# Two-digit years up to here are of this century, as spreadsheets read them.
_LAST_OF_CENTURY = 29


class Change(Enum):
    """What happened to a cell."""

    NONE = "none"
    """It is unchanged."""
    REWRITTEN = "rewritten"
    """It has the same value, as a spreadsheet writes it."""
    MADE = "made"
    """A person gave it another value."""
    DOUBTFUL = "doubtful"
    """Its value may not be the one that the person typed, or the spreadsheet may have made the change."""
    LETTERS_LOST = "letters lost"
    """The file was saved in a format that lacks some of the letters."""


def change_of(sent: str, found: str, *, is_date: bool = False, was_unfit: bool = False) -> Change:
    """Who changed a cell, if it was changed.

    Args:
        sent: The cell as it was exported.
        found: The cell as it is now.
        is_date: Whether its column holds dates, where a date must show which number is its day.
        was_unfit: Whether it was rejected as no value of its column. An ISO date or a plain number in its place is then
            the correction of a person, even if the value is the same.
    """
    sent, found = (text.replace("\r\n", "\n").replace("\r", "\n").strip() for text in (sent, found))
    if sent == found:
        return Change.NONE
    if len(sent) == len(found) and all(a == b or (b == "?" and a > "\x7f") for a, b in zip(sent, found, strict=True)):
        return Change.LETTERS_LOST
    if was_unfit and _FIT.fullmatch(found) and not _MAY_LACK_DIGITS.fullmatch(found):
        return Change.MADE
    if _is_cut(sent, found) or _ERROR.fullmatch(found) or _is_same_number(sent, found):
        return Change.REWRITTEN
    if sent.casefold() == found.casefold() and found in ("TRUE", "FALSE"):
        return Change.REWRITTEN
    if _DAY_AND_MONTH.fullmatch(found):
        return Change.REWRITTEN if _TWO_NUMBERS.fullmatch(sent) else Change.DOUBTFUL
    if _SCIENTIFIC.fullmatch(found) or _MAY_LACK_DIGITS.fullmatch(found) or _may_lack_zeros(sent, found):
        return Change.DOUBTFUL
    before, now = {_shown_as(found, timestamp) for timestamp in _dates(sent)}, _dates(found)
    if before & now:
        return Change.REWRITTEN if len(before) == 1 else Change.DOUBTFUL
    return Change.DOUBTFUL if is_date and len(now) > 1 else Change.MADE


def iso_date(text: str) -> str:
    """A date that can be read in only one way, as ISO text; any other text unchanged."""
    found = _dates(text.strip())
    if len(found) != 1 or _ISO_DATE.fullmatch(text.strip()):
        return text
    (timestamp,) = found
    return timestamp.isoformat() if ":" in text else timestamp.date().isoformat()


def _is_cut(sent: str, found: str) -> bool:
    return len(sent) > len(found) >= _MOST_LETTERS - 1 and sent.startswith(found)


def _may_lack_zeros(sent: str, found: str) -> bool:
    return bool(re.match(r"\+?0\d", sent)) and bool(re.fullmatch(r"[1-9]\d*", found))


def _is_same_number(sent: str, found: str) -> bool:
    before, now = _number(sent), _number(found)
    if before is None or now is None:
        return False
    shown = len(now.as_tuple().digits) if _SCIENTIFIC.fullmatch(found) else _EXACT_DIGITS
    return before == now or _rounded(before, shown) == now or _cut(before) == now


def _number(text: str) -> Decimal | None:
    return Decimal(text.replace(",", ".")) if _NUMBER.fullmatch(text) and len(text) <= _MOST_LETTERS // 100 else None


def _rounded(number: Decimal, digits: int) -> Decimal:
    return Context(prec=max(digits, 1)).plus(number)


def _cut(number: Decimal) -> Decimal:
    """The number with zeros in place of the digits that a spreadsheet loses."""
    return Context(prec=_EXACT_DIGITS, rounding="ROUND_DOWN").plus(number)


def _shown_as(found: str, timestamp: datetime) -> datetime:
    """The timestamp without the seconds, or their fractions, that a spreadsheet does not show."""
    shown = _SECONDS.search(found)
    if not shown:
        return timestamp.replace(second=0, microsecond=0)
    return timestamp if shown[1] else timestamp.replace(microsecond=0)


def _dates(text: str) -> set[datetime]:
    """Every timestamp that a text can mean as a date; empty if it is no date."""
    if parts := _ISO_DATE.fullmatch(text):
        orders = [(parts[1], parts[2], parts[3])]
    elif parts := _COUNTRYS_DATE.fullmatch(text):
        year = parts[3] if len(parts[3]) == 4 else ("20" if int(parts[3]) <= _LAST_OF_CENTURY else "19") + parts[3]
        orders = [(year, parts[1], parts[2]), (year, parts[2], parts[1])]
    else:
        return set()
    hour, minute, second, half = int(parts[4] or 0), int(parts[5] or 0), float(parts[6] or 0), (parts[7] or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    found = set()
    for order in orders:
        try:
            day = datetime(*map(int, order))  # type: ignore[arg-type]  # noqa: DTZ001 - local time, as it was written
            found.add(day + timedelta(hours=hour, minutes=minute, seconds=second))
        except (ValueError, OverflowError):
            continue
    return found
