"""Where a person is known and by which contacts: the systems, the ids there, and the phone and e-mail each one holds.

What makes a person linkable stands here. One record, the anchor, holds the person's own phone and e-mail; every other
one shares at least one of them with it, whatever else it shows: the household's phone, a placeholder, the number of
the call centre. Fewer than one person in a hundred is careless and has a record that nothing links.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from cdp_pipeline.generator.catalog import COMPANIES
from cdp_pipeline.generator.emails import COMPANY_MAILBOX, PLACEHOLDER_EMAILS, spell_email_somehow
from cdp_pipeline.generator.names import Draw
from cdp_pipeline.generator.people import Person
from cdp_pipeline.generator.phones import CALL_CENTRE_PHONE, PLACEHOLDER_PHONES, spell_phone, spell_phone_somehow
from cdp_pipeline.generator.sheet import Sheet

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
    """A person as the source systems know them.

    Attributes:
        person: The person.
        company: The internal company they deal with.
        day: The day of the first record.
        crm: Their id in the CRM, if they are there; likewise `pos` and `web`.
        lead_id: Their id as a lead of a landing page.
        moego_id: Their id as a MoeGo lead.
        anchor: The system whose record holds the own contacts.
        moves: What they change during the days: `phone`, `email` or nothing.
        careless: The system whose record has nothing to link it by, mostly none.
        contacts: The contacts in each system, once drawn.
        phones: Own numbers that stand in some record; likewise `emails`.
    """

    person: Person
    company: str
    day: int
    crm: str | None = None
    pos: str | None = None
    web: str | None = None
    lead_id: str | None = None
    moego_id: str | None = None
    anchor: str = ""
    moves: str = ""
    careless: str = ""
    contacts: dict[str, Contact] = field(default_factory=dict)
    phones: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)

    @property
    def customer(self) -> tuple[str, str] | None:
        """System and id by which other records name them; None for people who are no customer."""
        for system, customer_id in (("CRM", self.crm), ("Website", self.web), ("POS", self.pos)):
            if customer_id:
                return system, customer_id
        return None

    @property
    def has_others(self) -> bool:
        """Whether several records describe the person."""
        there = (self.crm, self.pos, self.web, self.lead_id, self.moego_id)
        return sum(record is not None for record in there) > 1

    @property
    def guest_id(self) -> str:
        """The name in the shop of a person without account."""
        return f"guest{self.person.number + 1}"

    def contact(self, sheet: Sheet, system: str, created_at: int) -> Contact:
        """What this system holds; the same each time. Old records spell phones with eleven digits."""
        if system not in self.contacts:
            phone, email = _choose(sheet.draw, self, system)
            person, spelled = self.person, phone
            shares = phone is not None and phone == person.household.phone
            if phone and not phone.startswith("0"):
                old = created_at < ELEVEN_DIGITS_UNTIL and sheet.draw() < 0.6
                spelled = (
                    spell_phone(phone, "plus")
                    if system == "MoeGo"
                    else spell_phone(phone, "eleven")
                    if old
                    else spell_phone_somehow(sheet.draw, phone)
                )
            if phone and phone == person.phone:
                self.phones.add(phone)
            if email and email == person.email:
                self.emails.add(email)
            self.contacts[system] = Contact(spelled, email and spell_email_somehow(sheet.draw, email), shares)
        return self.contacts[system]


def draw_presence(sheet: Sheet, person: Person, company: str) -> Presence:
    """Where a person is known: three in four in the CRM, a cash desk or the shop, the rest as a lead or in passing."""
    draw, last = sheet.draw, sheet.timeline.last
    presence = Presence(person, company, 0 if draw() < 0.7 else int(draw() * (last + 1)))
    # The second company counts its customers from the other end: the same ids mean other people there.
    n = person.number if company == COMPANIES[0] else sheet.people - 1 - person.number
    adult = person.age >= 15
    in_crm, in_pos, in_web = draw() < 0.6, draw() < 0.4, adult and draw() < 0.42
    if person.namesake:
        presence.crm, presence.anchor = f"C{100_000_000 + n}", "CRM"
        return presence
    if not adult and not in_pos:
        in_crm = True
    presence.crm = f"C{100_000_000 + n}" if in_crm else None
    presence.pos = f"{n + 1:011d}" if in_pos else None
    presence.web = f"user{n + 1}" if in_web else None
    reachable = person.phone is not None or person.household.phone is not None
    known = in_crm or in_pos or in_web
    chance = draw()
    if reachable and chance < (0.18 if known else 0.62):
        presence.lead_id = f"{sheet.people - n:011d}"
    elif chance > 0.96 if known else chance > 0.84:
        presence.moego_id = f"ldg{(n + 17) * 2_654_435_761 % 0xFFFFFFFFFFFF:012x}"
    presence.anchor = next(
        (
            system
            for system, there in (
                ("CRM", in_crm),
                ("POS", in_pos),
                ("Website", in_web),
                ("Landing-Page", presence.lead_id),
                ("MoeGo", presence.moego_id),
            )
            if there
        ),
        "Website",
    )
    others = [
        system
        for system, there in (("POS", in_pos), ("Website", in_web), ("MoeGo", presence.moego_id))
        if there and system != presence.anchor
    ]
    if person.phone and person.email and known:
        chance = draw()
        presence.moves = "" if chance > 0.07 or presence.day == last else "phone" if chance < 0.04 else "email"
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
        return PLACEHOLDER_PHONES[int(draw() * len(PLACEHOLDER_PHONES))], email
    if chance < 0.44:
        return CALL_CENTRE_PHONE, email
    if chance < 0.445:
        return phone, PLACEHOLDER_EMAILS[int(draw() * len(PLACEHOLDER_EMAILS))]
    if chance < 0.448:
        return phone, COMPANY_MAILBOX
    if chance < 0.48 and family:
        return phone, family
    return phone, email
