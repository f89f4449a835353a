"""person -> what hangs on their customer identity: addresses, e-mails, photos, relationships, a membership card."""

from cdp_pipeline.generator.customers import base
from cdp_pipeline.generator.phones import spell_phone_somehow
from cdp_pipeline.generator.presence import Presence
from cdp_pipeline.generator.sheet import Sheet
from cdp_pipeline.generator.spelling import spell_for
from cdp_pipeline.generator.stories import deliver, draw_story
from cdp_pipeline.generator.timeline import local_midnight

RELATIONS = {
    ("father", "mother"): "wife",
    ("mother", "father"): "husband",
    ("father", "child"): "child",
    ("mother", "child"): "child",
    ("child", "father"): "father",
    ("child", "mother"): "mother",
    ("father", "grandmother"): "mother",
    ("father", "grandfather"): "father",
    ("grandmother", "father"): "child",
    ("grandfather", "father"): "child",
}
"""What the second is to the first, by their roles in the household; other pairs are `undefined`."""


def write_belongings(sheet: Sheet, presence: Presence) -> None:
    """What belongs to the first customer identity the person has; nothing for people without one."""
    known_as = presence.customer
    if known_as is None:
        return
    _write_addresses(sheet, presence, *known_as)
    _write_emails(sheet, presence, *known_as)
    _write_photos(sheet, presence, *known_as)
    if not presence.person.namesake:
        _write_membership(sheet, presence, known_as[1])
    if presence.crm:
        _write_relationships(sheet, presence, presence.crm)


def _child_day(sheet: Sheet, presence: Presence) -> int:
    """Mostly the customer's own day, sometimes later, rarely before the customer is known."""
    chance = sheet.draw()
    if chance < 0.8:
        return presence.day
    return min(presence.day + 1, sheet.timeline.last) if chance < 0.97 else max(presence.day - 1, 0)


def _write_addresses(sheet: Sheet, presence: Presence, system: str, customer_id: str) -> None:
    draw, person, home = sheet.draw, presence.person, presence.person.household.home
    count = 0 if draw() > 0.55 else 1 if draw() < 0.75 else 2
    for address_type in ("Live", "Hometown" if draw() < 0.5 else "Work")[:count]:
        day = _child_day(sheet, presence)
        entry = base(presence, system) | {
            "customerId": customer_id,
            "addressType": address_type,
            "country": "Việt Nam",
            "countryAlphaCode2": "VN",
            "city": home.province.name,
            "district": home.district,
            "ward": home.ward,
            "address": home.street if address_type == "Live" else f"{int(draw() * 300) + 1} Lê Lợi",
        }
        if home.building and address_type == "Live":
            entry |= {"building": home.building, "apartmentCode": home.apartment}
        if draw() < 0.8:
            entry["startTime"] = sheet.timeline.before(draw, day, 4000, 30)
        sheet.note("customer-identity-address", day, entry, customer_id, person)
        story = draw_story(sheet) if "startTime" in entry else None
        change = {"endTime": sheet.timeline.before(draw, day, 25)}
        deliver(sheet, "customer-identity-address", day, entry, story, change)


def _write_emails(sheet: Sheet, presence: Presence, system: str, customer_id: str) -> None:
    draw, person = sheet.draw, presence.person
    if not person.email or draw() > 0.6:
        return
    day = _child_day(sheet, presence)
    entry = base(presence, system) | {"customerId": customer_id, "email": person.email, "emailType": "Personal"}
    if draw() < 0.8:
        entry["primary"] = True
    presence.emails.add(person.email)
    sheet.note("customer-identity-email", day, entry, customer_id, person)
    # No tombstones: the address is how mailings know the person, and losing it would say nothing about them.
    story = draw_story(sheet)
    deliver(sheet, "customer-identity-email", day, entry, story if story == "update" else None, {"primary": False})
    if draw() < 0.12:
        work = base(presence, system) | {"customerId": customer_id, "emailType": "Business", "primary": False}
        work["email"] = sheet.registrar.work_email(draw, person)
        presence.emails.add(work["email"])
        sheet.note("customer-identity-email", day, work, customer_id, person)
        sheet.put("customer-identity-email", day, work)


def _write_photos(sheet: Sheet, presence: Presence, system: str, customer_id: str) -> None:
    draw = sheet.draw
    if draw() > 0.18:
        return
    day = _child_day(sheet, presence)
    source = ("Facebook", "Zalo", "Website")[int(draw() * 3)]
    url = f"https://cdn.example.com/{source.lower()}/{customer_id}/{int(draw() * 90) + 10}.jpg"
    entry = base(presence, system) | {"customerId": customer_id, "source": source, "imageUrl": url}
    sheet.note("customer-identity-photo", day, entry, customer_id, presence.person)
    story = draw_story(sheet)
    deliver(sheet, "customer-identity-photo", day, entry, story if story == "deletion" else None)


def _write_membership(sheet: Sheet, presence: Presence, customer_id: str) -> None:
    """One loyalty card for two customers in five; some cards name the customer by contact only."""
    draw, person, timeline = sheet.draw, presence.person, sheet.timeline
    if draw() > 0.42:
        return
    day = _child_day(sheet, presence)
    issued = timeline.before(draw, day, 2000, 1)
    contact = presence.contact(sheet, "Loyalty", issued)
    membership_id = f"M-{sheet.number():09d}"
    earned, spent = int(draw() * 400) * 50, int(draw() * 40) * 50
    entry = base(presence, "Loyalty") | {
        "membershipId": membership_id,
        "customerName": spell_for(draw, "Loyalty", person.name, may_abbreviate=person.may_abbreviate),
    }
    if draw() < 0.8:
        entry["customerId"] = customer_id
    if contact.phone:
        entry["customerPhone"] = contact.phone
    if contact.email:
        entry["customerEmail"] = contact.email
    entry |= {
        "membershipType": "VIP" if earned > 15_000 else "Vàng" if earned > 8_000 else "Bạc",
        "status": "Active",
        "membershipIssuedAt": issued,
        "earnPoint": earned,
        "redeemPoint": min(spent, earned),
        "loyaltyPoint": earned - min(spent, earned) if draw() < 0.97 else earned,
    }
    if draw() < 0.8:
        entry["membershipUpdatedAt"] = timeline.during(draw, day)
    sheet.note("customer-membership", day, entry, membership_id, person, shares_phone=contact.shares_phone)
    change = {"earnPoint": earned + 500, "loyaltyPoint": entry["loyaltyPoint"] + 500}
    story = draw_story(sheet) if "membershipUpdatedAt" in entry else None
    deliver(sheet, "customer-membership", day, entry, story, change)


def _write_relationships(sheet: Sheet, presence: Presence, customer_id: str) -> None:
    """For one customer in four with a family: what one or two of its members are to them."""
    draw, person = sheet.draw, presence.person
    others = [member for member in person.household.members if member is not person]
    if not others or draw() > 0.25:
        return
    contact = presence.contacts["CRM"]
    for other in others[: 1 if draw() < 0.7 else 2]:
        day = _child_day(sheet, presence)
        entry = base(presence, "CRM") | {"customerId": customer_id, "relationshipId": f"R{sheet.number()}"}
        entry["relationship"] = RELATIONS.get((person.role, other.role), "undefined")
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
        if draw() < 0.6:
            entry |= {"dob": local_midnight(other.birth), "gender": other.gender}
        entry["updatedAt"] = entry["createdAt"] = sheet.timeline.during(draw, day)
        sheet.note("customer-relationship", day, entry, entry["relationshipId"], person)
        deliver(
            sheet, "customer-relationship", day, entry, draw_story(sheet), {"status": "Active", "gender": other.gender}
        )
