"""person -> leads: of landing pages with the steps they went through, and of MoeGo with its daily lists."""

from cdp_pipeline.generator.customers import SOURCES, base
from cdp_pipeline.generator.presence import Presence
from cdp_pipeline.generator.sheet import Entry, Sheet
from cdp_pipeline.generator.spelling import spell_for
from cdp_pipeline.generator.stories import deliver, draw_story
from cdp_pipeline.generator.timeline import as_rfc3339, local_midnight
from cdp_pipeline.values.key_text import without_marks

SYSTEM = "Landing-Page"
STATUSES = ("Mới", "Đã liên hệ", "Quan tâm", "Đã chuyển đổi")
FORMS = (
    ("883995260068201", "dang-ky-nhan-tin"),
    ("883995260068377", "tu-van-san-pham"),
    ("883995260068542", "dat-lich-spa"),
)
LIFE_CYCLES = (("lcyc01", "New"), ("lcyc02", "Contacted"), ("lcyc03", "Quoted"))
ACTION_STATUSES = (("acts01", "To call", "#F59E0B"), ("acts02", "Waiting", "#3B82F6"), ("acts03", "Done", "#10B981"))
PETS = (("Mực", "DOG", "Poodle"), ("Bông", "CAT", "Anh lông ngắn"), ("Ki", "DOG", "Corgi"), ("Mướp", "CAT", "Mèo ta"))


def write_leads(sheet: Sheet, presence: Presence) -> None:
    """The person's lead of a landing page and of MoeGo, if they have one."""
    if presence.lead_id:
        _write_lead(sheet, presence, presence.lead_id)
    if presence.moego_id:
        _write_moego_lead(sheet, presence, presence.moego_id)


def _write_lead(sheet: Sheet, presence: Presence, lead_id: str) -> None:
    draw, person, timeline = sheet.draw, presence.person, sheet.timeline
    day = presence.day
    created = timeline.before(draw, day, 400) if day == 0 else timeline.during(draw, day)
    contact = presence.contact(sheet, SYSTEM, created)
    form_key, form_name = FORMS[int(draw() * 3)]
    # Every lead has a phone, or it would not be written: see `draw_presence`.
    entry = base(presence, SYSTEM) | {"leadId": lead_id, "phone": contact.phone}
    if contact.email:
        entry["email"] = contact.email
    if draw() < 0.2:
        entry |= {"firstName": person.name.family, "lastName": f"{person.name.middle} {person.name.given}".strip()}
    else:
        entry["fullName"] = spell_for(draw, SYSTEM, person.name)
    step = int(draw() * 3)
    entry |= {"status": STATUSES[step], "formKey": form_key, "formName": form_name, "formVs": "version1"}
    if draw() < 0.3:
        entry |= {"gender": person.gender, "dob": local_midnight(person.birth)}
    if draw() < 0.5:
        entry["gaCid"] = f"{int(draw() * 10**10)}.{int(draw() * 10**9)}"
        entry["gaTid"] = "UA-098987878"
    if draw() < 0.3:
        entry["tags"] = ["quan tâm thú cưng", "ưu đãi"] if draw() < 0.5 else ["khách mới"]
    entry["sourceChannel"], entry["sourceName"] = SOURCES[int(draw() * len(SOURCES))]
    if draw() < 0.06:
        # Sent by a tool nobody told us about: drift.
        entry["utmCampaign"] = "thang9-spa"
    entry["singleOptIn"] = "Yes" if draw() < 0.7 else "No"
    entry |= {"prospectLevel": step + 1, "createdAt": created, "updatedAt": timeline.during(draw, day)}
    if draw() < 0.12:
        entry["customFieldTexts"] = {"customField01": "gọi sau 18h", "customField03": "có 2 mèo"}
        entry["customFieldBooleans"] = {"customField02": draw() < 0.5}
    sheet.note("lead-information", day, entry, lead_id, person, shares_phone=contact.shares_phone)
    _write_steps(sheet, presence, lead_id, step, day)
    known_as = presence.customer
    if known_as and draw() < 0.6:
        converted: Entry = {"customerId": known_as[1], "status": STATUSES[3], "prospectLevel": 4}
        if day < timeline.last:
            deliver(sheet, "lead-information", day, entry, "update", converted)
        else:
            sheet.put("lead-information", day, entry | converted)
        return
    story = draw_story(sheet)
    if presence.anchor == SYSTEM and presence.has_others and story == "deletion":
        story = "again"
    deliver(sheet, "lead-information", day, entry, story, {"status": STATUSES[min(step + 1, 2)]})


def _write_steps(sheet: Sheet, presence: Presence, lead_id: str, steps: int, day: int) -> None:
    """One row per change of status; one in thirty has no time."""
    draw, timeline = sheet.draw, sheet.timeline
    timestamp = timeline.before(draw, day, 60, 5)
    for step in range(steps):
        timestamp += int((0.2 + draw()) * 86_400_000)
        entry = base(presence, SYSTEM) | {
            "leadId": lead_id,
            "oldStatus": STATUSES[step],
            "newStatus": STATUSES[step + 1],
        }
        if draw() < 0.97:
            entry["changedAt"] = timestamp
        if draw() < 0.4:
            entry["reason"] = "khách nghe máy" if draw() < 0.6 else "khách hẹn gọi lại"
        sheet.note("lead-status-history", day, entry, lead_id, presence.person)
        story = draw_story(sheet) if "changedAt" in entry else None
        deliver(sheet, "lead-status-history", day, entry, story, {"reason": "sửa ghi chú"})


def _write_moego_lead(sheet: Sheet, presence: Presence, lead_id: str) -> None:
    """The lead in every day's list from its first day until it is promoted; its stage moves on at most once."""
    draw, person, timeline = sheet.draw, presence.person, sheet.timeline
    first = presence.day
    created = timeline.before(draw, first, 200) if first == 0 else timeline.during(draw, first)
    contact = presence.contact(sheet, "MoeGo", created)
    name = person.name
    plain = draw() < 0.5
    given = f"{name.middle} {name.given}".strip() if draw() < 0.7 else name.given
    entry: Entry = {"id": lead_id, "companyId": presence.company}
    entry["firstName"], entry["lastName"] = map(without_marks, (given, name.family)) if plain else (given, name.family)
    if contact.phone:
        entry["phone"] = contact.phone
    if contact.email:
        entry["email"] = contact.email
    home = person.household.home
    if draw() < 0.6:
        entry["address"] = {"address1": home.street, "city": home.province.name, "country": "VN", "type": "PRIMARY"}
    if draw() < 0.8:
        pet, kind, breed = PETS[int(draw() * len(PETS))]
        entry["pets"] = [{"id": f"pet{sheet.number()}", "name": pet, "type": kind, "breed": breed, "gender": "UNKNOWN"}]
    channels = ["COMPLIANCE_CHANNEL_SMS", "COMPLIANCE_CHANNEL_EMAIL"] if draw() < 0.6 else []
    entry["complianceConfig"] = {
        "serviceRelatedChannels": ["COMPLIANCE_CHANNEL_SMS"],
        "marketingCampaignsChannels": channels if draw() < 0.7 else {"channels": channels},
        "isAgreedMarketingPolicy": bool(channels),
    }
    if draw() < 0.3:
        entry["customFields"] = {
            "field_101": {"string": "Lông dài"},
            "field_102": {"int64": str(int(draw() * 9) + 1)},
            "field_103": {"money": {"currencyCode": "VND", "units": "250000"}},
        }
    if draw() < 0.5:
        entry["referralSource"] = {"id": "crs01", "name": "Facebook"}
    entry |= _stage(0) | {"createdTime": as_rfc3339(created), "lastUpdatedTime": as_rfc3339(created)}
    sheet.note("moego-lead", first, entry, lead_id, person, shares_phone=contact.shares_phone)
    moves_on = first + int(draw() * (timeline.last + 2 - first))
    # Only a customer may vanish from the list: promotion makes one, and the pipeline would find nobody else.
    promoted = moves_on + 1 if presence.customer and draw() < 0.15 else timeline.last
    for day in range(first, min(promoted, timeline.last) + 1):
        if day == moves_on and day > first:
            entry = entry | _stage(1 + int(draw() * 2)) | {"lastUpdatedTime": as_rfc3339(timeline.during(draw, day))}
        sheet.put("moego-lead", day, entry)


def _stage(step: int) -> Entry:
    cycle, action = LIFE_CYCLES[step], ACTION_STATUSES[step]
    return {
        "lifeCycle": {"id": cycle[0], "name": cycle[1]},
        "actionStatus": {"id": action[0], "name": action[1], "color": action[2]},
    }
