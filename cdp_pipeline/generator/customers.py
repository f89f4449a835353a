"""person -> their customer identities, one in each system that knows them, and what hangs on the first of them.

Addresses, e-mails, photos, relationships and a membership card hang on an identity; leads stand in `leads`, what
customers do in `events`.
"""

from cdp_pipeline.generator.contacts import spell_email_somehow, spell_phone_somehow
from cdp_pipeline.generator.names import misspell, spell, spell_for
from cdp_pipeline.generator.people import Person
from cdp_pipeline.generator.presence import Presence
from cdp_pipeline.generator.sheet import Sheet, filled, local_midnight
from cdp_pipeline.generator.versions import deliver, draw_story, partial_row, record
from cdp_pipeline.generator.words import WORDS, Entry, pick
from cdp_pipeline.values.key_text import without_marks

SYSTEMS = ("CRM", "POS", "Website")
"""The systems with customers; each sends its identities in files of its own."""

MISSPELT_EVERY = 50
"""One person in so many has a misspelt name outside the CRM; the phone or e-mail is shared as usual."""


def write_identities(sheet: Sheet, presence: Presence) -> None:
    """The person's records as a customer of up to three systems."""
    for system in SYSTEMS:
        if system in presence.ids:
            _write_identity(sheet, presence, system, presence.ids[system])


def _write_identity(sheet: Sheet, presence: Presence, system: str, customer_id: str) -> None:
    draw, person, is_anchor = sheet.draw, presence.person, system == presence.anchor
    day = presence.day if is_anchor or draw() < 0.7 else sheet.day_from(presence.day)
    created = sheet.created(day, 3600)
    contact = presence.contact(sheet, system, created)
    entry = presence.row(system, customerId=customer_id) | _names(sheet, person, system)
    entry |= filled(phone=contact.phone, email=contact.email) | _description(sheet, person, is_anchor)
    if system != "Website":
        entry |= _document_numbers(sheet, person)
        entry |= {name: value for name, value in pick(draw, WORDS["stores"]).items() if name != "storeName"}
    else:
        photos = "; ".join(f"https://cdn.example.com/u/{customer_id}/{n}.jpg" for n in (1, 2))
        entry |= sheet.maybe(0.2, photos=photos)
    entry |= pick(draw, WORDS["sources"])
    if draw() < 0.993:
        updated = sheet.during(day) if draw() < 0.6 else sheet.before(day, 60)
        entry |= {"createdAt": created, "updatedAt": max(updated, created)}
    entry |= sheet.maybe(0.7, recordStatus="Active")
    if draw() < 0.15:
        texts = {"customField01": f"size {pick(draw, 'SML')}", "customField02": "thích màu xanh"}
        entry |= {"customFieldTexts": texts, "customFieldNumbers": {"customField01": int(draw() * 1000) / 10}}
    sheet.note("customer-identity", day, entry, person, shares_phone=contact.shares_phone)
    if is_anchor and presence.moves:
        _write_move(sheet, presence, day, entry)
        return
    story = draw_story(sheet, "customer-identity", entry)
    if story == "deletion" and is_anchor and len(presence.ids) > 1:
        # The anchor holds a person's records together; without it they would fall apart for no reason a row shows.
        story = "again"
    change = {"customerGroup": pick(draw, WORDS["customer_groups"]), "status": "Đang hoạt động"}
    if draw() < 0.3:
        change["maritalStatus"] = pick(draw, WORDS["marital_statuses"])
    deliver(sheet, "customer-identity", day, entry, story, change)


def _write_move(sheet: Sheet, presence: Presence, day: int, entry: Entry) -> None:
    """The anchor's record, and on a later day the same with another phone or e-mail."""
    draw, person = sheet.draw, presence.person
    sheet.put("customer-identity", day, entry)
    if day == sheet.last:
        return
    later = sheet.day_from(day + 1)
    newer = partial_row("customer-identity", entry) | filled(createdAt=entry.get("createdAt"))
    if presence.moves == "phone":
        presence.phones.add(number := sheet.registrar.second_phone(person))
        newer["phone"] = spell_phone_somehow(draw, number)
    else:
        presence.emails.add(address := sheet.registrar.second_email(draw, person))
        newer["email"] = spell_email_somehow(draw, address)
    sheet.put("customer-identity", later, newer | {"updatedAt": sheet.during(later), "updatedBy": "tong.dai"})


def _names(sheet: Sheet, person: Person, system: str) -> Entry:
    """The whole name, or (one in four in the CRM) its parts, family name first as in the source's examples."""
    name = person.name
    if system == "CRM" and sheet.draw() < 0.25:
        return filled(firstName=name.family, lastName=name.given, middleName=name.middle or None)
    spelled = spell_for(sheet.draw, system, name, may_abbreviate=person.may_abbreviate)
    # By number and not drawn, so that all else stays as it was drawn.
    is_misspelt = system != "CRM" and person.number % MISSPELT_EVERY == MISSPELT_EVERY - 1
    entry: Entry = {"fullName": misspell(spelled, person.number // MISSPELT_EVERY) if is_misspelt else spelled}
    if system == "Website" and sheet.draw() < 0.15:
        entry["nickNames"] = [spell(name, "western"), without_marks(name.given).lower()]
    return entry


def _description(sheet: Sheet, person: Person, is_anchor: bool) -> Entry:
    """Gender, birth in one of three forms, and for most the home."""
    draw, home = sheet.draw, person.household.home
    entry: Entry = {}
    chance = draw()
    if person.namesake or chance < 0.28:
        entry["dob2"] = person.birth.isoformat()
    elif chance < 0.75:
        entry["dob"] = local_midnight(person.birth)
    elif chance < 0.85:
        entry["yob"] = person.birth.year
    if draw() < 0.85:
        entry["gender"] = person.gender if draw() < 0.97 else "undefined"
    if is_anchor and person.role in ("father", "mother") and draw() < 0.4:
        entry["maritalStatus"] = "Married"
    if is_anchor and draw() < 0.3:
        entry["customerGroup"] = pick(draw, WORDS["customer_groups"])
    if draw() < 0.65:
        plain = draw() < 0.3
        place = {name: without_marks(text) if plain else text for name, text in home.place.items()}
        entry |= {"country": "Viet Nam" if plain else "Việt Nam", **place, "language": "Vietnamese", **home.building}
    return entry


def _document_numbers(sheet: Sheet, person: Person) -> Entry:
    """A citizen identity number for one adult in three, now and then masked, and a passport for a few."""
    entry: Entry = {}
    if person.age >= 15 and sheet.draw() < 0.33:
        century = 2 * (person.birth.year // 100 - 19) + (person.gender == "female")
        serial = person.number * 618_033 % 1_000_000
        number = f"{person.household.home.province.identity_code}{century}{person.birth.year % 100:02d}{serial:06d}"
        entry["identityNo"] = number if sheet.draw() > 0.04 else number[:6] + "xxxxxx"
        if sheet.draw() < 0.1:
            entry["passportNo"] = f"C{person.number * 6_180_339 % 10_000_000:07d}"
    return entry


def write_belongings(sheet: Sheet, presence: Presence) -> None:
    """What belongs to the first customer identity the person has; nothing for people without one."""
    if presence.customer is None:
        return
    system, customer_id = presence.customer
    owner = presence.row(system, customerId=customer_id)
    _write_addresses(sheet, presence, owner)
    _write_emails(sheet, presence, owner)
    _write_photo(sheet, presence, owner)
    if not presence.person.namesake:
        _write_membership(sheet, presence, customer_id)
    if "CRM" in presence.ids:
        _write_relationships(sheet, presence, owner)


def _child_day(sheet: Sheet, presence: Presence) -> int:
    """Mostly the customer's own day, sometimes later, rarely before the customer is known."""
    chance = sheet.draw()
    if chance < 0.8:
        return presence.day
    return min(presence.day + 1, sheet.last) if chance < 0.97 else max(presence.day - 1, 0)


def _write_addresses(sheet: Sheet, presence: Presence, owner: Entry) -> None:
    draw, home = sheet.draw, presence.person.household.home
    count = 0 if draw() > 0.55 else 1 if draw() < 0.75 else 2
    for kind in ("Live", "Hometown" if draw() < 0.5 else "Work")[:count]:
        day = _child_day(sheet, presence)
        entry = owner | {"addressType": kind, "country": "Việt Nam", "countryAlphaCode2": "VN", **home.place}
        if kind == "Live":
            entry |= home.building
        else:
            entry["address"] = f"{int(draw() * 300) + 1} Lê Lợi"
        if draw() < 0.8:
            entry["startTime"] = sheet.before(day, 4000, 30)
        sheet.note("customer-identity-address", day, entry, presence.person)
        story = draw_story(sheet, "customer-identity-address", entry)
        deliver(sheet, "customer-identity-address", day, entry, story, {"endTime": sheet.before(day, 25)})


def _write_emails(sheet: Sheet, presence: Presence, owner: Entry) -> None:
    draw, person = sheet.draw, presence.person
    if not person.email or draw() > 0.6:
        return
    day = _child_day(sheet, presence)
    entry = owner | {"email": person.email, "emailType": "Personal"}
    entry |= sheet.maybe(0.8, primary=True)
    # No tombstones: the address is how mailings know the person, and losing it would say nothing about them.
    record(sheet, "customer-identity-email", day, entry, person, {"primary": False}, only="update")
    presence.emails.add(person.email)
    if draw() < 0.12:
        work = owner | {"emailType": "Business", "primary": False, "email": sheet.registrar.work_email(draw, person)}
        presence.emails.add(work["email"])
        sheet.note("customer-identity-email", day, work, person)
        sheet.put("customer-identity-email", day, work)


def _write_photo(sheet: Sheet, presence: Presence, owner: Entry) -> None:
    draw = sheet.draw
    if draw() > 0.18:
        return
    day, source = _child_day(sheet, presence), pick(draw, ("Facebook", "Zalo", "Website"))
    url = f"https://cdn.example.com/{source.lower()}/{owner['customerId']}/{int(draw() * 90) + 10}.jpg"
    entry = owner | {"source": source, "imageUrl": url}
    record(sheet, "customer-identity-photo", day, entry, presence.person, only="deletion")


def _write_membership(sheet: Sheet, presence: Presence, customer_id: str) -> None:
    """One loyalty card for two customers in five; some cards name the customer by contact only."""
    draw, person = sheet.draw, presence.person
    if draw() > 0.42:
        return
    day = _child_day(sheet, presence)
    issued = sheet.before(day, 2000, 1)
    contact = presence.contact(sheet, "Loyalty", issued)
    earned, spent = int(draw() * 400) * 50, int(draw() * 40) * 50
    redeemed = min(spent, earned)
    entry = presence.row(
        "Loyalty",
        membershipId=f"M-{sheet.number():09d}",
        customerName=spell_for(draw, "Loyalty", person.name, may_abbreviate=person.may_abbreviate),
        customerId=customer_id if draw() < 0.8 else None,
        customerPhone=contact.phone,
        customerEmail=contact.email,
        membershipType="VIP" if earned > 15_000 else "Vàng" if earned > 8_000 else "Bạc",
        status="Active",
        membershipIssuedAt=issued,
        earnPoint=earned,
        redeemPoint=redeemed,
        loyaltyPoint=earned - redeemed if draw() < 0.97 else earned,
        membershipUpdatedAt=sheet.during(day) if draw() < 0.8 else None,
    )
    change = {"earnPoint": earned + 500, "loyaltyPoint": entry["loyaltyPoint"] + 500}
    record(sheet, "customer-membership", day, entry, person, change, shares_phone=contact.shares_phone)


def _write_relationships(sheet: Sheet, presence: Presence, owner: Entry) -> None:
    """For one customer in four with a family: what one or two of its members are to them."""
    draw, person = sheet.draw, presence.person
    others = [member for member in person.household.members if member is not person]
    if not others or draw() > 0.25:
        return
    contact = presence.contacts["CRM"]
    for other in others[: 1 if draw() < 0.7 else 2]:
        day = _child_day(sheet, presence)
        relation = WORDS["relations"].get(person.role, {}).get(other.role, "undefined")
        entry = owner | {"relationshipId": f"R{sheet.number()}", "relationship": relation}
        if contact.phone and draw() < 0.5:
            entry["customerPhone"] = contact.phone
        # Here the given name stands in firstName, the reverse of the identity's: the source's own example.
        if draw() < 0.5:
            entry |= {"firstName": other.name.given, "lastName": f"{other.name.family} {other.name.middle}".strip()}
        else:
            entry["fullName"] = other.name.full
        phone = other.phone or person.household.phone
        if phone and draw() < 0.6:
            entry["phone"] = spell_phone_somehow(draw, phone)
        entry |= sheet.maybe(0.6, dob=local_midnight(other.birth), gender=other.gender)
        entry["updatedAt"] = entry["createdAt"] = sheet.during(day)
        change = {"status": "Active", "gender": other.gender}
        record(sheet, "customer-relationship", day, entry, person, change)
