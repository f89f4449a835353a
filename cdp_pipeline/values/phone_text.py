"""One phone cell as people type it -> the usable numbers in it, by the rules of the phonenumbers library.

1. Clean the text and cut off extensions.
2. Split it into runs of digits and punctuation.
3. Split each run into numbers.

A number must be complete by itself, as the text beside it is a remark: letters are never digits, and a remark must be
separated from the number by a space or mark. A run with masked or leftover digits is unusable. `phone.py` reads columns
of cells.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple
from unicodedata import normalize

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType, ValidationResult

from cdp_pipeline.values.vietnamese_phone import (
    MOBILE_PREFIXES_SINCE_2018,
    VIETNAM,
    VIETNAM_CODE,
    is_possible,
    landline_of_shape,
    landline_since_2017,
)

# As many characters as the library reads of one number; a longer cell holds a text.
_LONGEST: Final = 250
_MOST_DIGITS_OF_E164: Final = 15
# As dialled from abroad: 00 in front, or a plus sign.
_FEWEST_DIGITS, _MOST_DIGITS = 7, _MOST_DIGITS_OF_E164 + 2

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_DASHES: Final = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-")
_BRACKETS: Final = {ord("["): "(", ord("]"): ")"}
_NUMBER_AS_DECIMAL = re.compile(r"(\d{8,13})\.0+")

_EXTENSION = re.compile(
    r"(?<![^\W\d_])\(? ?(?:ext(?:ensi[oó]n|n)?|x|#|lẻ|nhánh"
    r"|(?:số )?(?:máy lẻ|máy nhánh|nội bộ)|(?:so )?(?:may le|may nhanh|noi bo)) ?[.:=]? ?\d{1,7}\)?(?!\d)",
    re.IGNORECASE,
)
_MASK = re.compile(r"[*•●×]|(?<![^\W\d_])[xX]+(?![^\W\d_])")
_LABEL = re.compile(
    r"(?<!\w)(s?[đd]t(?:[đd]{2})?|[đd]{2}|tel|phone|mobile|cell|zalo|viber|whatsapp|hotline)(?=[\d+(])", re.IGNORECASE
)

_PIECE = re.compile(r"([\d+*() ./-]+)|[^\d+*() ./-]+")
_BETWEEN_NUMBERS = re.compile(r"/| - ")
_GROUP = re.compile(r"([^\d+]*)(\+?\d+)")
_COUNTRY_CODE = re.compile(rf"\+{VIETNAM_CODE}|00{VIETNAM_CODE}")

_TYPES: Final = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE)
_NORTH_AMERICA: Final = 1


class Regions(NamedTuple):
    """The regions of numbers without country code, as ISO alpha-2 codes.

    Attributes:
        own: The country of the row.
        default: The country of rows without one.
    """

    own: str
    default: str


Group = tuple[str, str]
"""Punctuation and the digits after it, which may begin with a plus sign."""


def read_cell(cell: str, regions: Regions) -> list[str]:
    """The usable numbers of a cell in E.164 form, in order of appearance and without repetition.

    A number is usable if it is assigned by the library's tables or possible in its country. After a remark only an
    assigned number counts, as remarks hold dates, sums and other numbers. A number that is only possible in the row's
    country but assigned in the default one is not used either, as one of the two countries may be wrong.

    Args:
        cell: The text as sent; one of more than 250 characters holds no number.
        regions: The regions of numbers without country code.
    """
    if len(cell) > _LONGEST:
        return []
    text = _cleaned(cell)
    if decimal := _NUMBER_AS_DECIMAL.fullmatch(text):
        # A column with gaps is exported as decimals by some tools: 912345678.0.
        text = decimal[1]
    found: list[str] = []
    pieces = list(_PIECE.finditer(text))
    has_remark = False
    for place, piece in enumerate(pieces):
        if piece[1] is None:
            has_remark = bool(found) and (has_remark or any(map(str.isalpha, piece[0])))
            continue
        is_adjoined = (place > 0 and piece[0][0] in "+0123456789" and pieces[place - 1][0][-1].isalpha()) or (
            place + 1 < len(pieces) and piece[0][-1].isdigit() and pieces[place + 1][0][0].isalpha()
        )
        if not is_adjoined:
            found += _read_run(piece[0], regions, only_assigned=has_remark)
    return list(dict.fromkeys(found))


def _cleaned(cell: str) -> str:
    """The text in NFKC, with plain digits, dashes and single spaces, without extensions; masks become asterisks."""
    text = cell
    if not text.isascii():
        text = _INVISIBLE.sub("", normalize("NFKC", text)).translate(_DASHES)
        text = "".join(str(int(letter)) if letter.isdecimal() else letter for letter in text)
    text = re.sub(r"[^\S\r\n]+", " ", text.translate(_BRACKETS)).strip()
    return _MASK.sub("*", _EXTENSION.sub(";", _LABEL.sub(r"\1 ", text)))


def _read_run(run: str, regions: Regions, *, only_assigned: bool) -> Iterator[str]:
    """The numbers of a run without letters: the whole, as a slash may separate the area code, or those of its parts."""
    parts = _BETWEEN_NUMBERS.split(run)
    whole = _read_part(run, regions, only_assigned=True) if len(parts) > 1 else []
    if len(whole) == 1:
        yield whole[0]
        return
    for part in parts:
        yield from _read_part(part, regions, only_assigned=only_assigned)


def _read_part(part: str, regions: Regions, *, only_assigned: bool) -> list[str]:
    """The consecutive numbers of a part; none if digits are left over or masked.

    Brackets after a whole number hold an extension or a remark.
    """
    if "*" in part:
        return []
    groups = [(gap, digits) for gap, digits in _GROUP.findall(re.sub(r"\+[^\d+]+", "+", part))]
    found: list[str] = []
    begin = 0
    while begin < len(groups):
        for end in _ends(groups, begin):
            spelled = [digits for _, digits in groups[begin:end]]
            number = _read_number(spelled, regions, only_assigned=only_assigned)
            if number is not None:
                found.append(number)
                begin = end
                break
        else:
            return found if found and "(" in groups[begin][0] else []
    return found


def _ends(groups: list[Group], begin: int) -> Iterator[int]:
    """Possible ends of a number that begins at `begin`: before a late bracket, or else as far on as possible."""
    longest, length = begin, 0
    brackets = []
    for place in range(begin, len(groups)):
        gap, digits = groups[place]
        if place > begin and digits.startswith("+"):
            break
        if length >= _FEWEST_DIGITS and gap.endswith("("):
            brackets.append(place)
        length += len(digits)
        if length > _MOST_DIGITS:
            break
        longest = place + 1
    yield from brackets
    while longest > begin and sum(len(digits) for _, digits in groups[begin:longest]) >= _FEWEST_DIGITS:
        yield longest
        longest -= 1


def _read_number(spelled: list[str], regions: Regions, *, only_assigned: bool) -> str | None:
    """The E.164 form of the number that these groups of digits spell together, or None."""
    if (landline := _landline_set_apart(spelled, regions.own)) is not None:
        return landline
    text = "".join(spelled)
    if (number := _parsed(text, regions.own)) is None:
        return None
    national = phonenumbers.national_significant_number(number)
    if len(f"{number.country_code}{national}") > _MOST_DIGITS_OF_E164:
        return None
    if phonenumbers.is_valid_number(number):
        return _e164(number)
    is_dialled = _is_dialled(number, text, regions.own)
    if number.country_code == VIETNAM_CODE:
        since_2018 = MOBILE_PREFIXES_SINCE_2018.get(national[:3]) if len(national) == 10 else None
        if since_2018 is not None:
            return f"+{VIETNAM_CODE}{since_2018}{national[3:]}"
        if is_dialled and (since_2017 := landline_of_shape(national)) is not None:
            return f"+{VIETNAM_CODE}{since_2017}"
    if only_assigned or not is_dialled or not _is_possible(number, national):
        return None
    elsewhere = _parsed(text, regions.default)
    return None if elsewhere is not None and phonenumbers.is_valid_number(elsewhere) else _e164(number)


def _parsed(text: str, region: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None


def _landline_set_apart(spelled: list[str], region: str) -> str | None:
    """A Vietnamese landline from before 2017 with a separate area code, or None.

    The separation distinguishes it from a mobile number of the same digits: (076) 385 2456 is An Giang, 0763 852 456 a
    mobile.
    """
    code, *rest = spelled
    if code_given := _COUNTRY_CODE.match(code):
        code = code[code_given.end() :]
    elif region != VIETNAM:
        return None
    elif code == str(VIETNAM_CODE):
        code = ""
    for _ in range(2):
        if code in ("", "0") and rest:
            code, *rest = code + rest[0], *rest[1:]
    landline = landline_since_2017(code.removeprefix("0"), "".join(rest))
    return None if landline is None else f"+{VIETNAM_CODE}{landline}"


def _is_dialled(number: PhoneNumber, text: str, region: str) -> bool:
    """Whether the digits are as dialled: with country code, or with national prefix if the country has one.

    Other digits of the right length may be the number of a document, an order or a bill.
    """
    if text.startswith("+") or number.country_code == _NORTH_AMERICA:
        return True
    plan = phonenumbers.PhoneMetadata.metadata_for_region(region)
    has_no_prefix = plan is None or plan.national_prefix is None
    return has_no_prefix or text != phonenumbers.national_significant_number(number)


def _is_possible(number: PhoneNumber, national: str) -> bool:
    """Whether a number that is not assigned has the length of a mobile number or landline of its country."""
    if number.country_code == VIETNAM_CODE:
        return is_possible(national)
    if national.startswith("0") or len(set(national)) == 1:
        return False
    reasons = (phonenumbers.is_possible_number_for_type_with_reason(number, kind) for kind in _TYPES)
    return ValidationResult.IS_POSSIBLE in reasons


def _e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
