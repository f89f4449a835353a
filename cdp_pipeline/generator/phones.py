"""Vietnamese phone numbers: assigning them so that no two people get the same by chance, and spelling them.

A number is kept as its significant digits, without the leading 0 (`912345678`, `2838226415`). Which record shows which
number stands in `presence`.
"""

from cdp_pipeline.generator.names import Draw, weighted

MOBILE_PREFIXES = (
    *("32", "33", "34", "35", "36", "37", "38", "39", "86", "96", "97", "98"),
    *("70", "76", "77", "78", "79", "90", "93", "81", "82", "83", "84", "85"),
    *("88", "91", "94", "56", "58", "92", "59"),
)
"""Prefixes all of whose numbers are valid; 89 and 99 are assigned in part only and left out."""

# fmt: off
ELEVEN_DIGIT_PREFIXES = {
    "32": "162", "33": "163", "34": "164", "35": "165", "36": "166", "37": "167", "38": "168", "39": "169",
    "70": "120", "79": "121", "77": "122", "76": "126", "78": "128", "83": "123", "84": "124", "85": "125",
    "81": "127", "82": "129", "56": "186", "58": "188", "59": "199",
}
# fmt: on
"""What a prefix was before September 2018; old records still spell it so."""

PLACEHOLDER_PHONES = ("0000000000", "0123456789", "0999999999", "0900000000")
CALL_CENTRE_PHONE = "02873001234"
"""Given for many people by staff who had to fill in something."""

_MOBILE_COUNT = len(MOBILE_PREFIXES) * 10_000_000
_STEP = 128_736_419
"""Has no common divisor with the count of numbers, so that multiples of it reach every number once."""


class PhoneBook:
    """Hands out numbers: the same one for the same place, different ones for different places."""

    def __init__(self, seed: int) -> None:
        """Begin at a place in the numbering plan that depends on the seed."""
        self._offset = (seed * 9_420_713 + 131_507_243) % _MOBILE_COUNT

    def mobile(self, place: int) -> str:
        """The mobile number of a place; places may be counted from -1 downwards too."""
        number = (place * _STEP + self._offset) % _MOBILE_COUNT
        prefix, line = divmod(number, 10_000_000)
        return f"{MOBILE_PREFIXES[prefix]}{line:07d}"

    def landline(self, place: int, area: str) -> str:
        """The landline of a place; `area` is the area code without 0, of two digits in the two largest cities."""
        digits = 7 if len(area) == 2 else 6
        line = (place * 3_819_661 + self._offset // 7) % 10**digits
        return f"{area}3{line:0{digits}d}"


_STYLES = weighted("plain:46 spaced:12 plus:11 84:9 dotted:9 dashed:5 plus_spaced:4 bracketed:2 bare:2")


def spell_phone(number: str, style: str) -> str:
    """The number in one of the usual spellings."""
    if len(number) == 9:
        groups = (number[:3], number[3:6], number[6:])
    elif number[:2] in ("24", "28"):
        groups = (number[:2], number[2:6], number[6:])
    else:
        groups = (number[:3], number[3:6], number[6:])
    match style:
        case "spaced":
            return "0" + " ".join(groups)
        case "plus":
            return "+84" + number
        case "84":
            return "84" + number
        case "dotted":
            return "0" + ".".join(groups)
        case "dashed":
            return "0" + "-".join(groups)
        case "plus spaced":
            return "+84 " + " ".join(groups)
        case "bracketed":
            return "(+84) " + " ".join(groups)
        case "bare" if len(number) == 9:
            return number
        case "eleven" if number[:2] in ELEVEN_DIGIT_PREFIXES:
            return "0" + ELEVEN_DIGIT_PREFIXES[number[:2]] + number[2:]
        case _:
            return "0" + number


def spell_phone_somehow(draw: Draw, number: str) -> str:
    """The number in one of the spellings of today, mostly ten digits together."""
    return spell_phone(number, _STYLES[int(draw() * len(_STYLES))])
