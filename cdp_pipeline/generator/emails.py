"""E-mail addresses as people make them from their names, no two alike.

All domains are reserved example domains, so that no mail can reach a person. Which record shows which address stands in
`presence`.
"""

from cdp_pipeline.generator.names import Draw, Name, weighted
from cdp_pipeline.values.key_text import without_marks

DOMAINS = weighted(
    "mail.example.com:55 post.example.net:15 inbox.example.org:10 thu.example.com:8 example.com:7 hopthu.example.net:5"
)
PLACEHOLDER_EMAILS = ("test@test.com", "noemail@example.com", "khongco@example.com", "noemail@noemail.invalid")
COMPANY_MAILBOX = "cskh@shop.example.com"
"""Given for many people by staff who had to fill in something."""


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
            f"{last_middle}{given}.{family}",
            f"{family}{last_middle}{given}",
            f"{given}.{family}",
            f"{given}{initials}",
            f"{initials}{given}",
            f"{last_middle or family}.{given}",
            f"{family}_{given}",
        )
        local = locals_[int(draw() * len(locals_))]
        digits = (place * self._step + self._offset) % self._range
        return f"{local}{digits}@{DOMAINS[int(draw() * len(DOMAINS))]}"


def spell_email_somehow(draw: Draw, address: str) -> str:
    """The address as typed: now and then with capitals or a space behind it."""
    chance = draw()
    if chance < 0.03:
        return address[0].upper() + address[1:]
    if chance < 0.04:
        return address + " "
    return address
