"""person -> the events of the e-mails and SMS sent to them, which hold an address and no person."""

from cdp_pipeline.generator.contacts import spell_email_somehow, spell_phone, spell_phone_somehow
from cdp_pipeline.generator.people import Person
from cdp_pipeline.generator.presence import Presence
from cdp_pipeline.generator.sheet import HOUR, Sheet
from cdp_pipeline.generator.versions import deliver, draw_story
from cdp_pipeline.generator.words import WORDS, Entry, pick

EMAILS = (0, 0, 1, 1, 2, 2, 3, 4, 5, 7)
"""E-mails to a person who has an address in the whole data set, to draw from evenly; each makes about two rows."""

TEXTS = (0, 0, 0, 1, 1, 1, 2, 3)
"""SMS to a person who has a phone, likewise."""

STRANGER_SHARE = 0.03
"""Messages to addresses that no record holds."""


def write_mailings(sheet: Sheet, presence: Presence) -> None:
    """The messages to a person's own addresses, and now and then one to the phone the household shares."""
    draw, person, home = sheet.draw, presence.person, presence.person.household.phone
    if person.namesake:
        return
    emails, phones = sorted(presence.emails), sorted(presence.phones - {home or ""})
    for _ in range(sheet.times(pick(draw, EMAILS)) if emails else 0):
        if draw() < STRANGER_SHARE:
            _write_email(sheet, presence, f"nguoi.la{sheet.number()}@mail.example.com", None)
        else:
            _write_email(sheet, presence, pick(draw, emails), person)
    for _ in range(sheet.times(pick(draw, TEXTS)) if phones else 0):
        if draw() < STRANGER_SHARE:
            # No person has a place below zero.
            _write_text(sheet, presence, sheet.registrar.phones.mobile(-person.number - 1), None)
        else:
            _write_text(sheet, presence, pick(draw, phones), person)
    if home and len(person.household.phone_users) > 1 and len(home) == 9 and draw() < 0.1:
        # It is not known whom of the household it was for.
        _write_text(sheet, presence, home, None)


def _write_email(sheet: Sheet, presence: Presence, address: str, person: Person | None) -> None:
    draw, day = sheet.draw, sheet.day_from(presence.day)
    campaign = pick(draw, WORDS["email_campaigns"])
    sent = sheet.midnights[day] + 8 * HOUR + int(draw() * HOUR)
    message_id, email = f"<{sheet.number()}@mta.example.com>", spell_email_somehow(draw, address)
    message = presence.row("EDM-Platform", id=message_id, email=email, serviceProvider="Brevo", **campaign)
    message["trackId"] = f"TRK-{campaign['campaignId']}-{day:03d}"
    chance = draw()
    happened = ("sent", "opened", "clicked")[: 1 if chance < 0.4 else 2 if chance < 0.8 else 3]
    for number, event in enumerate(("bounced",) if chance < 0.03 else happened):
        timestamp = sent + number * int((0.1 + draw()) * HOUR)
        entry = message | {"event": event, "eventAt": timestamp, "actionAt": timestamp + int(draw() * 5000)}
        if event == "clicked":
            entry["link"] = f"https://shop.example.com/uu-dai?c={campaign['campaignId']}"
        elif event == "bounced":
            entry["reason"] = "550 5.1.1 mailbox unavailable"
        elif event == "opened" and draw() < 0.2:
            entry["tags"] = ["mobile"]
        _arrive(sheet, "email-interaction", day, entry, person, is_first=number == 0)


def _write_text(sheet: Sheet, presence: Presence, phone: str, person: Person | None) -> None:
    draw, day = sheet.draw, sheet.day_from(presence.day)
    campaign, sent = pick(draw, WORDS["sms_campaigns"]), sheet.during(day)
    message_id = f"{sheet.number():013d}"
    spelled = spell_phone(phone, "84") if draw() < 0.7 else spell_phone_somehow(draw, phone)
    message = presence.row("SMS-GW", id=message_id, phoneNumber=spelled, serviceProvider="SMSGWA", **campaign)
    chance = draw()
    happened = ("sent", "delivered", "clicked")[: 2 if chance < 0.85 else 3]
    for number, event in enumerate(("failed",) if chance < 0.04 else happened):
        entry = message | {"event": event, "eventAt": sent + number * int((0.01 + draw()) * HOUR)}
        if event == "clicked":
            entry["link"] = "https://s.example.com/v"
        elif event == "failed":
            entry["reason"] = "thuê bao tạm khóa"
        elif event == "delivered" and draw() < 0.5:
            entry["actionAt"] = entry["eventAt"]
        _arrive(sheet, "sms-interaction", day, entry, person, is_first=number == 0)


def _arrive(sheet: Sheet, object_type: str, day: int, entry: Entry, person: Person | None, *, is_first: bool) -> None:
    """Let an event arrive; a message is noted once, because its events share the id."""
    if is_first:
        sheet.note(object_type, day, entry, person)
    deliver(sheet, object_type, day, entry, draw_story(sheet, object_type, entry))
