"""person -> their customer identities: one in each system that knows them, with its later versions.

What hangs on an identity stands in `belongings`, leads in `leads`, what customers do in `shopping`.
"""

from typing import Any

from cdp_pipeline.generator.catalog import STORES
from cdp_pipeline.generator.emails import spell_email_somehow
from cdp_pipeline.generator.people import Person
from cdp_pipeline.generator.phones import spell_phone_somehow
from cdp_pipeline.generator.presence import Presence
from cdp_pipeline.generator.sheet import Entry, Sheet
from cdp_pipeline.generator.spelling import misspell, spell, spell_for
from cdp_pipeline.generator.stories import BASE, deliver, draw_story
from cdp_pipeline.generator.timeline import TIMEZONE_GMT, local_midnight
from cdp_pipeline.values.key_text import without_marks

GROUPS = ("Mới", "Thân thiết", "VIP", "Bán sỉ")
MARITAL = ("Single", "Married", "Married", "Divorced")
SOURCES = (("Online", "Facebook Ads"), ("Online", "Google Search"), ("Online", "Zalo OA"), ("Offline", "Cửa hàng"))


SLIPPING = ("POS", "Website")
MISSPELT_EVERY = 50
"""One person in so many has a misspelt name in these systems; the phone or e-mail is shared as usual."""


def base(presence: Presence, system: str) -> Entry:
    """What every Pango row of a person begins with."""
    return {"timezoneGmt": TIMEZONE_GMT, "systemName": system, "internalCompanyId": presence.company}


def write_identities(sheet: Sheet, presence: Presence) -> None:
    """The person's records as a customer of up to three systems."""
    for system, customer_id in (("CRM", presence.crm), ("POS", presence.pos), ("Website", presence.web)):
        if customer_id:
            _write_identity(sheet, presence, system, customer_id)


def _write_identity(sheet: Sheet, presence: Presence, system: str, customer_id: str) -> None:
    draw, person, timeline = sheet.draw, presence.person, sheet.timeline
    is_anchor = system == presence.anchor
    day = presence.day if is_anchor or draw() < 0.7 else presence.day + int(draw() * (timeline.last + 1 - presence.day))
    created = timeline.before(draw, day, 3600) if day == 0 else timeline.during(draw, day)
    contact = presence.contact(sheet, system, created)
    entry = base(presence, system) | {"customerId": customer_id} | _names(sheet, person, system)
    if contact.phone:
        entry["phone"] = contact.phone
    if contact.email:
        entry["email"] = contact.email
    entry |= _description(sheet, person, is_anchor=is_anchor)
    if system != "Website":
        entry |= _document_numbers(sheet, person)
        store = STORES[int(draw() * len(STORES))]
        entry |= {"storeId": store[0], "storeCity": store[2], "storeDistrict": store[3]}
    if system == "Website" and draw() < 0.2:
        entry["photos"] = (
            f"https://cdn.example.com/u/{customer_id}/1.jpg; https://cdn.example.com/u/{customer_id}/2.jpg"
        )
    entry["sourceChannel"], entry["sourceName"] = SOURCES[int(draw() * len(SOURCES))]
    if draw() < 0.993:
        entry["createdAt"] = created
        entry["updatedAt"] = timeline.during(draw, day) if draw() < 0.6 else timeline.before(draw, day, 60)
        entry["updatedAt"] = max(entry["updatedAt"], created)
    if draw() < 0.7:
        entry["recordStatus"] = "Active"
    if draw() < 0.15:
        entry["customFieldTexts"] = {
            "customField01": f"size {'SML'[int(draw() * 3)]}",
            "customField02": "thích màu xanh",
        }
        entry["customFieldNumbers"] = {"customField01": int(draw() * 1000) / 10}
    sheet.note("customer-identity", day, entry, customer_id, person, shares_phone=contact.shares_phone)
    if is_anchor and presence.moves:
        _write_move(sheet, presence, day, entry)
        return
    story = draw_story(sheet) if "updatedAt" in entry else None
    if story == "deletion" and is_anchor and presence.has_others:
        # The anchor holds a person's records together; without it they would fall apart for no reason a row shows.
        story = "again"
    change: dict[str, Any] = {"customerGroup": GROUPS[int(draw() * 4)], "status": "Đang hoạt động"}
    if draw() < 0.3:
        change["maritalStatus"] = MARITAL[int(draw() * 4)]
    deliver(sheet, "customer-identity", day, entry, story, change)


def _write_move(sheet: Sheet, presence: Presence, day: int, entry: Entry) -> None:
    """The anchor's record, and on a later day the same with another phone or e-mail."""
    draw, timeline, person = sheet.draw, sheet.timeline, presence.person
    sheet.put("customer-identity", day, entry)
    if day == timeline.last:
        return
    later = day + 1 + int(draw() * (timeline.last - day))
    if presence.moves == "phone":
        number = sheet.registrar.second_phone(person)
        presence.phones.add(number)
        change = {"phone": spell_phone_somehow(draw, number)}
    else:
        address = sheet.registrar.second_email(draw, person)
        presence.emails.add(address)
        change = {"email": spell_email_somehow(draw, address)}
    kept = ("customerId", "phone", "email", "fullName", "firstName", "middleName", "lastName", "createdAt")
    newer = {name: entry[name] for name in (*BASE, *kept) if name in entry} | change
    sheet.put("customer-identity", later, newer | {"updatedAt": timeline.during(draw, later), "updatedBy": "tong.dai"})


def _names(sheet: Sheet, person: Person, system: str) -> Entry:
    """The whole name, or (one in four in the CRM) its parts, family name first as in the source's examples."""
    name = person.name
    if system == "CRM" and sheet.draw() < 0.25:
        parts = {"firstName": name.family, "lastName": name.given}
        return parts | {"middleName": name.middle} if name.middle else parts
    spelled = spell_for(sheet.draw, system, name, may_abbreviate=person.may_abbreviate)
    # By number and not drawn, so that all else stays as it was drawn.
    is_misspelt = system in SLIPPING and person.number % MISSPELT_EVERY == MISSPELT_EVERY - 1
    entry: Entry = {"fullName": misspell(spelled, person.number // MISSPELT_EVERY) if is_misspelt else spelled}
    if system == "Website" and sheet.draw() < 0.15:
        entry["nickNames"] = [spell(name, "western"), without_marks(name.given).lower()]
    return entry


def _description(sheet: Sheet, person: Person, *, is_anchor: bool) -> Entry:
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
        entry["customerGroup"] = GROUPS[int(draw() * 4)]
    if draw() < 0.65:
        plain = draw() < 0.3
        place = (home.province.name, home.district, home.ward, home.street)
        city, district, ward, street = map(without_marks, place) if plain else place
        entry |= {"country": "Viet Nam" if plain else "Việt Nam", "city": city, "district": district}
        entry |= {"ward": ward, "address": street, "language": "Vietnamese"}
        if home.building:
            entry |= {"building": home.building, "apartmentCode": home.apartment}
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
