"""Phones and e-mail addresses: assigning them so that no two people get the same by chance, and spelling them.

A number is kept as its significant digits, without the leading 0 (`912345678`, `2838226415`). All e-mail domains are
reserved example domains, so that no mail can reach a person. Which record shows which contact stands in `presence`.
"""

from cdp_pipeline.generator.names import Name
from cdp_pipeline.generator.words import EMAIL_DOMAINS, PHONE_PREFIXES, PHONE_STYLES, WORDS, Draw, pick
from cdp_pipeline.values.key_text import without_marks

_PREFIXES = tuple(PHONE_PREFIXES)
_MOBILE_COUNT = len(_PREFIXES) * 10_000_000
_STEP = 128_736_419
"""Has no common divisor with the count of numbers, so that multiples of it reach every number once."""


class PhoneBook:
    """Hands out numbers: the same one for the same place, different ones for different places."""

    def __init__(self, seed: int) -> None:
        """Begin at a place in the numbering plan that depends on the seed."""
        self._offset = (seed * 9_420_713 + 131_507_243) % _MOBILE_COUNT

    def mobile(self, place: int) -> str:
        """The mobile number of a place; places may be counted from -1 downwards too."""
        prefix, line = divmod((place * _STEP + self._offset) % _MOBILE_COUNT, 10_000_000)
        return f"{_PREFIXES[prefix]}{line:07d}"

    def landline(self, place: int, area: str) -> str:
        """The landline of a place; `area` is the area code without 0, of two digits in the two largest cities."""
        digits = 7 if len(area) == 2 else 6
        return f"{area}3{(place * 3_819_661 + self._offset // 7) % 10**digits:0{digits}d}"


class MailProvider:
    """Hands out addresses: the digits at the end of a place's address belong to that place alone."""

    def __init__(self, seed: int, places: int) -> None:
        """Reserve that many addresses."""
        self._range = 10 ** max(3, len(str(places)))
        self._offset = seed * 6_143 + 377
        # Odd and no multiple of five: multiples of it reach every number once, and neighbours get distant ones.
        self._step = self._range * 618 // 1000 // 10 * 10 + 3

    def address(self, draw: Draw, name: Name, place: int) -> str:
        """An address of a person with this name."""
        family, middle, given = (without_marks(part).lower() for part in name)
        words = middle.split()
        initials = family[0] + "".join(word[0] for word in words)
        last_middle = words[-1] if words and words[-1] not in ("thi", "van") else ""
        locals_ = (
            *(f"{last_middle}{given}.{family}", f"{family}{last_middle}{given}", f"{given}.{family}"),
            *(f"{given}{initials}", f"{initials}{given}", f"{last_middle or family}.{given}", f"{family}_{given}"),
        )
        digits = (place * self._step + self._offset) % self._range
        return f"{pick(draw, locals_)}{digits}@{pick(draw, EMAIL_DOMAINS)}"


def spell_phone(number: str, style: str) -> str:
    """The number in one of the styles of `data/words.toml`, or with the eleven digits it had before 2018."""
    if style == "eleven":
        return "0" + (PHONE_PREFIXES.get(number[:2]) or number[:2]) + number[2:]
    form: dict[str, str] = WORDS["phone_styles"][style]
    area = 2 if len(number) > 9 and number[:2] in ("24", "28") else 3
    # A landline is not read as a number without a prefix.
    prefix = form["prefix"] or "0" * (len(number) > 9)
    return prefix + form["separator"].join((number[:area], number[area:6], number[6:]))


def spell_phone_somehow(draw: Draw, number: str) -> str:
    """The number in one of the spellings of today, mostly ten digits together."""
    return spell_phone(number, pick(draw, PHONE_STYLES))


def spell_email_somehow(draw: Draw, address: str) -> str:
    """The address as typed: now and then with a capital, or with a space behind it."""
    chance = draw()
    return address[0].upper() + address[1:] if chance < 0.03 else address + " " if chance < 0.04 else address
