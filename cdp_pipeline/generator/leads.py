"""person -> leads: of landing pages with the steps they went through, and of MoeGo with its daily lists."""

from itertools import pairwise

from cdp_pipeline.generator.names import spell_for
from cdp_pipeline.generator.presence import Presence
from cdp_pipeline.generator.sheet import Sheet, as_rfc3339, filled, local_midnight
from cdp_pipeline.generator.versions import deliver, draw_story, record
from cdp_pipeline.generator.words import WORDS, pick
from cdp_pipeline.values.key_text import without_marks

SYSTEM = "Landing-Page"
STATUSES: list[str] = WORDS["lead_statuses"]


def write_leads(sheet: Sheet, presence: Presence) -> None:
    """The person's lead of a landing page and of MoeGo, if they have one."""
    if SYSTEM in presence.ids:
        _write_lead(sheet, presence, presence.ids[SYSTEM])
    if "MoeGo" in presence.ids:
        _write_moego_lead(sheet, presence, presence.ids["MoeGo"])


def _write_lead(sheet: Sheet, presence: Presence, lead_id: str) -> None:
    draw, person, day = sheet.draw, presence.person, presence.day
    created = sheet.created(day, 400)
    contact = presence.contact(sheet, SYSTEM, created)
    form = pick(draw, WORDS["forms"])
    # Every lead has a phone, or it would not be written: see `draw_presence`.
    entry = presence.row(SYSTEM, leadId=lead_id, phone=contact.phone, email=contact.email)
    if draw() < 0.2:
        entry |= {"firstName": person.name.family, "lastName": f"{person.name.middle} {person.name.given}".strip()}
    else:
        entry["fullName"] = spell_for(draw, SYSTEM, person.name)
    step = int(draw() * 3)
    entry |= {"status": STATUSES[step], **form}
    entry |= sheet.maybe(0.3, gender=person.gender, dob=local_midnight(person.birth))
    if draw() < 0.5:
        entry |= {"gaCid": f"{int(draw() * 10**10)}.{int(draw() * 10**9)}", "gaTid": "UA-098987878"}
    if draw() < 0.3:
        entry["tags"] = ["quan tâm thú cưng", "ưu đãi"] if draw() < 0.5 else ["khách mới"]
    entry |= pick(draw, WORDS["sources"])
    # Sent by a tool that is not declared: drift.
    entry |= sheet.maybe(0.06, utmCampaign="thang9-spa")
    entry["singleOptIn"] = "Yes" if draw() < 0.7 else "No"
    entry |= {"prospectLevel": step + 1, "createdAt": created, "updatedAt": sheet.during(day)}
    if draw() < 0.12:
        entry["customFieldTexts"] = {"customField01": "gọi sau 18h", "customField03": "có 2 mèo"}
        entry["customFieldBooleans"] = {"customField02": draw() < 0.5}
    sheet.note("lead-information", day, entry, person, shares_phone=contact.shares_phone)
    _write_steps(sheet, presence, lead_id, step)
    if presence.customer and draw() < 0.6:
        converted = {"customerId": presence.customer[1], "status": STATUSES[3], "prospectLevel": 4}
        if day < sheet.last:
            deliver(sheet, "lead-information", day, entry, "update", converted)
        else:
            sheet.put("lead-information", day, entry | converted)
        return
    story = draw_story(sheet, "lead-information", entry)
    if presence.anchor == SYSTEM and len(presence.ids) > 1 and story == "deletion":
        story = "again"
    deliver(sheet, "lead-information", day, entry, story, {"status": STATUSES[min(step + 1, 2)]})


def _write_steps(sheet: Sheet, presence: Presence, lead_id: str, steps: int) -> None:
    """One row per change of status; one in thirty has no time."""
    draw, day = sheet.draw, presence.day
    timestamp = sheet.before(day, 60, 5)
    for old, new in pairwise(STATUSES[: steps + 1]):
        timestamp += int((0.2 + draw()) * 86_400_000)
        entry = presence.row(SYSTEM, leadId=lead_id, oldStatus=old, newStatus=new)
        entry |= sheet.maybe(0.97, changedAt=timestamp)
        if draw() < 0.4:
            entry["reason"] = "khách nghe máy" if draw() < 0.6 else "khách hẹn gọi lại"
        record(sheet, "lead-status-history", day, entry, presence.person, {"reason": "sửa ghi chú"})


def _write_moego_lead(sheet: Sheet, presence: Presence, lead_id: str) -> None:
    """The lead in every day's list from its first day until it is promoted; its stage moves on at most once."""
    draw, person, first = sheet.draw, presence.person, presence.day
    created = sheet.created(first, 200)
    contact = presence.contact(sheet, "MoeGo", created)
    name, home = person.name, person.household.home
    plain = draw() < 0.5
    names = (f"{name.middle} {name.given}".strip() if draw() < 0.7 else name.given, name.family)
    given, family = map(without_marks, names) if plain else names
    entry = filled(id=lead_id, companyId=presence.company, firstName=given, lastName=family)
    entry |= filled(phone=contact.phone, email=contact.email)
    address = {"address1": home.place["address"], "city": home.place["city"], "country": "VN", "type": "PRIMARY"}
    entry |= sheet.maybe(0.6, address=address)
    if draw() < 0.8:
        pet = pick(draw, WORDS["pets"])
        entry["pets"] = [{"id": f"pet{sheet.number()}", **pet, "gender": "UNKNOWN"}]
    channels = ["COMPLIANCE_CHANNEL_SMS", "COMPLIANCE_CHANNEL_EMAIL"] if draw() < 0.6 else []
    entry["complianceConfig"] = {
        "serviceRelatedChannels": ["COMPLIANCE_CHANNEL_SMS"],
        "marketingCampaignsChannels": channels if draw() < 0.7 else {"channels": channels},
        "isAgreedMarketingPolicy": bool(channels),
    }
    if draw() < 0.3:
        number, money = str(int(draw() * 9) + 1), {"currencyCode": "VND", "units": "250000"}
        fields = {"field_101": {"string": "Lông dài"}, "field_102": {"int64": number}, "field_103": {"money": money}}
        entry["customFields"] = fields
    entry |= sheet.maybe(0.5, referralSource={"id": "crs01", "name": "Facebook"})
    seen = as_rfc3339(created)
    entry |= WORDS["stages"][0] | {"createdTime": seen, "lastUpdatedTime": seen}
    sheet.note("moego-lead", first, entry, person, shares_phone=contact.shares_phone)
    moves_on = first + int(draw() * (sheet.last + 2 - first))
    # Only a customer may vanish from the list: promotion makes one, and the pipeline would find no other record.
    promoted = moves_on + 1 if presence.customer and draw() < 0.15 else sheet.last
    for day in range(first, min(promoted, sheet.last) + 1):
        if day == moves_on and day > first:
            entry = entry | pick(draw, WORDS["stages"][1:]) | {"lastUpdatedTime": as_rfc3339(sheet.during(day))}
        sheet.put("moego-lead", day, entry)
