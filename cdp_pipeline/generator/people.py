"""Households and the people in them, before any system knows them: names, births, phones, e-mails, homes.

What the systems make of a person stands in `presence` and the modules that write records.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from cdp_pipeline.generator.contacts import MailProvider, PhoneBook
from cdp_pipeline.generator.names import Gender, Name, draw_family_name, draw_name, initials_fit, name_tokens
from cdp_pipeline.generator.words import PROVINCES, WORDS, Draw, Province, pick
from cdp_pipeline.values.key_text import without_marks

YEAR = 2026
"""Ages are counted to this year, whatever the delivery days, so that a seed gives the same people on any days."""

HOUSEHOLD_SIZES = (*(1,) * 12, *(2,) * 18, *(3,) * 24, *(4,) * 26, *(5,) * 13, *(6,) * 7)
NAMESAKE_SHARE = 1 / 1500
"""Households in which a son has exactly his father's name."""


class Home(NamedTuple):
    """An address by the source's field names; `building` is empty outside apartment buildings."""

    province: Province
    place: dict[str, str]
    building: dict[str, str]


@dataclass(slots=True)
class Household:
    """People who live together, the eldest generation of earners first.

    `phone` and `email` are what they share, if anything; `phone_users` the members in whose records the phone stands.
    """

    number: int
    home: Home
    phone: str | None = None
    email: str | None = None
    members: list["Person"] = field(default_factory=list)
    phone_users: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Person:
    """A person with their own phone and e-mail, if they have any; numbers are unique in a data set.

    `role` is father, mother, child, grandfather, grandmother or single. A `namesake` has the name of another member;
    where initials could be another member's, they `may_abbreviate` nothing.
    """

    number: int
    household: Household
    role: str
    name: Name
    gender: Gender
    birth: date
    phone: str | None = None
    email: str | None = None
    namesake: bool = False
    may_abbreviate: bool = True

    @property
    def age(self) -> int:
        """Years of life in the generator's year."""
        return YEAR - self.birth.year


class Registrar:
    """Makes households of a seed; the same place always gets the same phone and e-mail digits."""

    def __init__(self, seed: int, people: int) -> None:
        """Prepare numbers and addresses for that many people."""
        self.phones = PhoneBook(seed)
        # Four addresses a person: two own, one at work, and one for a household that begins with them.
        self.mail = MailProvider(seed, 4 * people)

    def household(self, draw: Draw, number: int, first_person: int, size: int) -> Household:
        """A household of that size whose members are numbered from `first_person`."""
        household = Household(number, draw_home(draw))
        for role, gender, birth, family in _roles(draw, size):
            name = _unlike(draw, household, family, gender, birth.year)
            person = Person(first_person + len(household.members), household, role, name, gender, birth)
            household.members.append(person)
        for person in household.members:
            others = (other.name for other in household.members if other is not person)
            person.may_abbreviate = not any(initials_fit(person.name, other) for other in others)
        _make_namesakes(draw, household)
        self._give_contacts(draw, household)
        return household

    def second_phone(self, person: Person) -> str:
        """The number a person changes to."""
        return self.phones.mobile(2 * person.number + 1)

    def second_email(self, draw: Draw, person: Person) -> str:
        """Another address of a person."""
        return self.mail.address(draw, person.name, 4 * person.number + 1)

    def work_email(self, draw: Draw, person: Person) -> str:
        """A person's address at the place they work."""
        return self.mail.address(draw, person.name, 4 * person.number + 3).split("@")[0] + "@office.example.net"

    def _give_contacts(self, draw: Draw, household: Household) -> None:
        for person in household.members:
            age = person.age
            if draw() < (0.0 if age < 12 else 0.45 if age < 18 else 0.95 if age < 75 else 0.6):
                person.phone = self.phones.mobile(2 * person.number)
            if draw() < (0.0 if age < 12 else 0.3 if age < 18 else 0.72 if age < 60 else 0.25):
                person.email = self.mail.address(draw, person.name, 4 * person.number)
        members, head = household.members, household.members[0]
        if len(members) > 1:
            chance = draw()
            if chance < 0.42:
                household.phone = self.phones.landline(household.number, household.home.province.area_code)
            elif chance < 0.5 or any(person.phone is None for person in members):
                head.phone = household.phone = head.phone or self.phones.mobile(2 * head.number)
            if draw() < 0.08:
                household.email = self.mail.address(draw, Name("gia", "dinh", head.name.family), 4 * head.number + 2)
        elif head.phone is None and head.email is None:
            head.phone = self.phones.mobile(2 * head.number)


def draw_home(draw: Draw) -> Home:
    """An address; one in six is an apartment."""
    province = pick(draw, PROVINCES)
    district, wards = pick(draw, province.wards)
    number = int(draw() * 400) + 1
    street = pick(draw, WORDS["streets"])
    if draw() < 0.08:
        street += f", {'hẻm' if province.area_code == '28' else 'ngõ'} {int(draw() * 90) + 2}"
    building = {}
    if draw() < 0.17:
        building = {"building": pick(draw, WORDS["buildings"])}
        building["apartmentCode"] = f"{int(draw() * 28) + 2}.{int(draw() * 14) + 1:02d}"
    place = {"city": province.name, "district": district, "ward": pick(draw, wards), "address": f"{number} {street}"}
    return Home(province, place, building)


def _roles(draw: Draw, size: int) -> list[tuple[str, Gender, date, str]]:
    """Role, gender, birth date and family name of each member; children have the father's name, wives their own."""
    family = draw_family_name(draw)
    genders: tuple[Gender, Gender] = ("male", "female")
    gender = genders[draw() >= 0.5]
    if size == 1:
        return [("single", gender, _birth(draw, 1950, 2006), family)]
    eldest = _birth(draw, 1958, 1996)
    if size == 2 and draw() < 0.2:
        return [("single", gender, _birth(draw, 1990, 2004), family) for gender in genders]
    members: list[tuple[str, Gender, date, str]] = [("father", "male", eldest, family)]
    members.append(("mother", "female", _birth(draw, eldest.year - 3, eldest.year + 5), draw_family_name(draw)))
    grandparents = 0 if size < 5 or draw() < 0.5 else 1 if draw() < 0.6 else 2
    for role, elder in (("grandmother", genders[1]), ("grandfather", genders[0]))[:grandparents]:
        birth = _birth(draw, eldest.year - 32, eldest.year - 21)
        members.append((role, elder, birth, draw_family_name(draw) if elder == "female" else family))
    born = eldest.year + 22 + int(draw() * 8)
    while len(members) < size:
        child = genders[draw() >= 0.51]
        twin = members[-1][0] == "child" and draw() < 0.03
        birth = members[-1][2] if twin else _birth(draw, min(born, YEAR - 2), min(born, YEAR - 2) + 1)
        members.append(("child", child, birth, family))
        born += 1 + int(draw() * 4)
    return members


def _birth(draw: Draw, first_year: int, end_year: int) -> date:
    year = first_year + int(draw() * (end_year - first_year))
    return date.fromordinal(date(year, 1, 1).toordinal() + int(draw() * 365))


def _unlike(draw: Draw, household: Household, family: str, gender: Gender, birth_year: int) -> Name:
    """A name whose given name is no part of another member's name, nor of its own family name, nor theirs of it.

    Spellings leave words out but never the given name, so the spellings of two members always contradict each other.
    A family name that is another member's given name is drawn again; only those who marry in can have one.
    """
    used = frozenset[str]().union(*(name_tokens(member.name) for member in household.members))
    tokens = {_plain(member.name.given) for member in household.members}
    while _plain(family) in tokens:
        family = draw_family_name(draw)
    while True:
        name = draw_name(draw, family, gender, birth_year)
        given = _plain(name.given)
        if given not in used and given != _plain(family) and not tokens & name_tokens(name):
            return name


def _plain(word: str) -> str:
    return without_marks(word).lower()


def _make_namesakes(draw: Draw, household: Household) -> None:
    sons = [p for p in household.members if p.role == "child" and p.gender == "male" and p.age < 17]
    father = next((p for p in household.members if p.role == "father"), None)
    if father and sons and draw() < NAMESAKE_SHARE:
        sons[0].name = father.name
        sons[0].namesake = father.namesake = True
