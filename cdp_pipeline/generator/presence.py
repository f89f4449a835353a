"""Where a person is known and by which contacts: the systems, the ids there, and the phone and e-mail each one holds.

What makes a person linkable stands here. One record, the anchor, holds the person's own phone and e-mail; every other
one shares at least one of them with it, whatever else it shows: the household's phone, a placeholder, the number of
the call centre. Fewer than one person in a hundred is careless and has a record that nothing links.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cdp_pipeline.generator.contacts import spell_email_somehow, spell_phone, spell_phone_somehow
from cdp_pipeline.generator.people import Person
from cdp_pipeline.generator.sheet import TIMEZONE_GMT, Sheet, filled
from cdp_pipeline.generator.words import WORDS, Draw, Entry, pick

COMPANIES: tuple[str, str] = tuple(WORDS["companies"])
ELEVEN_DIGITS_UNTIL = 1_536_944_400_000
"""15 September 2018: from then on numbers that had eleven digits have ten."""

CARELESS_SHARE = 0.012
"""Of the people with records in two systems; about six in a thousand of all."""


class Contact(NamedTuple):
    """The phone and e-mail of a record as spelled there, and whether the phone is the household's."""

    phone: str | None
    email: str | None
    shares_phone: bool


@dataclass(slots=True)
class Presence:
    """A person as the source systems of an internal company know them, with the day of the first record."""

    person: Person
    company: str
    day: int
    ids: dict[str, str] = field(default_factory=dict)
    """Their id in each system that knows them, customers' systems first."""
    anchor: str = ""
    """The system whose record holds the own contacts."""
    moves: str = ""
    """What they change during the days: `phone`, `email` or nothing."""
    careless: str = ""
    """The system whose record has nothing to link it by, mostly none."""
    contacts: dict[str, Contact] = field(default_factory=dict)
    """The contacts in each system, once drawn."""
    phones: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)
    """Own numbers and addresses that stand in some record."""

    @property
    def customer(self) -> tuple[str, str] | None:
        """System and id by which other records name them; None for people who are no customer."""
        return next(((s, self.ids[s]) for s in ("CRM", "Website", "POS") if s in self.ids), None)

    def row(self, system: str, **fields: Any) -> Entry:
        """An entry of a Pango system about the person, with the fields that have a value."""
        base = {"timezoneGmt": TIMEZONE_GMT, "systemName": system, "internalCompanyId": self.company}
        return base | filled(**fields)

    def contact(self, sheet: Sheet, system: str, created_at: int) -> Contact:
        """What this system holds; the same each time. Old records spell phones with eleven digits."""
        if system not in self.contacts:
            phone, email = _choose(sheet.draw, self, system)
            person, spelled = self.person, phone
            if phone and not phone.startswith("0"):
                old = created_at < ELEVEN_DIGITS_UNTIL and sheet.draw() < 0.6
                style = "plus" if system == "MoeGo" else "eleven" if old else None
                spelled = spell_phone(phone, style) if style else spell_phone_somehow(sheet.draw, phone)
            if phone and phone == person.phone:
                self.phones.add(phone)
            if email and email == person.email:
                self.emails.add(email)
            shares = phone is not None and phone == person.household.phone
            self.contacts[system] = Contact(spelled, email and spell_email_somehow(sheet.draw, email), shares)
        return self.contacts[system]


def draw_presence(sheet: Sheet, person: Person, company: str) -> Presence:
    """Where a person is known: three in four in the CRM, a cash desk or the shop, the rest as a lead or in passing."""
    draw = sheet.draw
    presence = Presence(person, company, 0 if draw() < 0.7 else sheet.day_from(0))
    # The second company counts its customers from the other end: the same ids mean other people there.
    n = person.number if company == COMPANIES[0] else sheet.people - 1 - person.number
    adult, ids = person.age >= 15, presence.ids
    in_crm, in_pos, in_web = draw() < 0.6, draw() < 0.4, adult and draw() < 0.42
    if in_crm or person.namesake or not (adult or in_pos):
        ids["CRM"] = f"C{100_000_000 + n}"
    if person.namesake:
        presence.anchor = "CRM"
        return presence
    if in_pos:
        ids["POS"] = f"{n + 1:011d}"
    if in_web:
        ids["Website"] = f"user{n + 1}"
    known, chance = bool(ids), draw()
    if (person.phone or person.household.phone) and chance < (0.18 if known else 0.62):
        ids["Landing-Page"] = f"{sheet.people - n:011d}"
    elif chance > (0.96 if known else 0.84):
        ids["MoeGo"] = f"ldg{(n + 17) * 2_654_435_761 % 0xFFFFFFFFFFFF:012x}"
    presence.anchor = next(iter(ids), "Website")
    if person.phone and person.email and known:
        chance = draw()
        if chance <= 0.07 and presence.day < sheet.last:
            presence.moves = "phone" if chance < 0.04 else "email"
        others = [system for system in ("POS", "Website", "MoeGo") if system in ids and system != presence.anchor]
        if others and not presence.moves and draw() < CARELESS_SHARE:
            presence.careless = others[-1]
    return presence


def _choose(draw: Draw, presence: Presence, system: str) -> tuple[str | None, str | None]:
    """Phone and e-mail of a record, not yet spelled. Placeholders begin with 0, numbers do not."""
    person = presence.person
    phone, email, home, family = person.phone, person.email, person.household.phone, person.household.email
    if person.namesake:
        return home or phone, None if home else email
    if system == presence.anchor or not (phone and email):
        return phone or home, email or (family if draw() < 0.3 else None)
    if presence.moves:
        return phone, email
    if system == presence.careless:
        return None, f"old.{email}"
    chance = draw()
    if chance < 0.22:
        return phone, None
    if chance < 0.34 and system != "Landing-Page":
        return None, email
    if chance < 0.43 and home:
        return home, email
    if chance < 0.435:
        return pick(draw, WORDS["placeholder_phones"]), email
    if chance < 0.44:
        return WORDS["call_centre_phone"], email
    if chance < 0.445:
        return phone, pick(draw, WORDS["placeholder_emails"])
    if chance < 0.448:
        return phone, WORDS["company_mailbox"]
    if chance < 0.48 and family:
        return phone, family
    return phone, email
