"""household -> the events of the e-mails and SMS sent to it, which hold an address and no person."""

from cdp_pipeline.generator.catalog import EMAIL_CAMPAIGNS, SMS_CAMPAIGNS
from cdp_pipeline.generator.emails import spell_email_somehow
from cdp_pipeline.generator.people import Person
from cdp_pipeline.generator.phones import spell_phone, spell_phone_somehow
from cdp_pipeline.generator.presence import Presence
from cdp_pipeline.generator.sheet import Entry, Sheet
from cdp_pipeline.generator.stories import deliver, draw_story
from cdp_pipeline.generator.timeline import HOUR, TIMEZONE_GMT

EMAILS = (0, 0, 1, 1, 2, 2, 3, 4, 5, 7)
"""E-mails to a person who has an address in the whole data set, to draw from evenly; each makes about two rows."""

TEXTS = (0, 0, 0, 1, 1, 1, 2, 3)
"""SMS to a person who has a phone, likewise."""

STRANGER_SHARE = 0.03
"""Messages to addresses that no record holds."""


def write_mailings(sheet: Sheet, presence: Presence) -> None:
    """The messages to a person's own addresses, and now and then one to the phone the household shares."""
    draw, person = sheet.draw, presence.person
    if person.namesake:
        return
    emails, phones = sorted(presence.emails), sorted(presence.phones - {person.household.phone or ""})
    if emails:
        for _ in range(sheet.times(EMAILS[int(draw() * len(EMAILS))])):
            if draw() < STRANGER_SHARE:
                _write_email(sheet, presence, f"nguoi.la{sheet.number()}@mail.example.com", None)
            else:
                _write_email(sheet, presence, emails[int(draw() * len(emails))], person)
    if phones:
        for _ in range(sheet.times(TEXTS[int(draw() * len(TEXTS))])):
            if draw() < STRANGER_SHARE:
                # Places below zero belong to nobody in the drop.
                stranger = sheet.registrar.phones.mobile(-person.number - 1)
                _write_text(sheet, presence, stranger, None)
            else:
                _write_text(sheet, presence, phones[int(draw() * len(phones))], person)
    home = person.household.phone
    if home and len(person.household.phone_users) > 1 and len(home) == 9 and draw() < 0.1:
        # Whom of the household it was for, nobody can say.
        _write_text(sheet, presence, home, None)


def _write_email(sheet: Sheet, presence: Presence, address: str, person: Person | None) -> None:
    draw, timeline = sheet.draw, sheet.timeline
    day = presence.day + int(draw() * (timeline.last + 1 - presence.day))
    campaign = EMAIL_CAMPAIGNS[int(draw() * len(EMAIL_CAMPAIGNS))]
    sent = timeline.midnights[day] + 8 * HOUR + int(draw() * HOUR)
    message_id = f"<{sheet.number()}@mta.example.com>"
    message: Entry = {
        "timezoneGmt": TIMEZONE_GMT,
        "systemName": "EDM-Platform",
        "internalCompanyId": presence.company,
        "id": message_id,
        "email": spell_email_somehow(draw, address),
        "serviceProvider": "Brevo",
        "campaignId": campaign.number,
        "campaignName": campaign.name,
        "templateId": f"T-{campaign.number}",
        "subject": campaign.words,
        "trackId": f"TRK-{campaign.number}-{day:03d}",
    }
    chance = draw()
    events = (
        ("bounced",)
        if chance < 0.03
        else ("sent", "opened", "clicked")[: 1 if chance < 0.4 else 2 if chance < 0.8 else 3]
    )
    for number, event in enumerate(events):
        timestamp = sent + number * int((0.1 + draw()) * HOUR)
        entry = {**message, "event": event, "eventAt": timestamp, "actionAt": timestamp + int(draw() * 5000)}
        if event == "clicked":
            entry["link"] = f"https://shop.example.com/uu-dai?c={campaign.number}"
        elif event == "bounced":
            entry["reason"] = "550 5.1.1 mailbox unavailable"
        elif event == "opened" and draw() < 0.2:
            entry["tags"] = ["mobile"]
        _arrive(sheet, "email-interaction", day, entry, message_id, person, is_first=number == 0)


def _write_text(sheet: Sheet, presence: Presence, number: str, person: Person | None) -> None:
    draw, timeline = sheet.draw, sheet.timeline
    day = presence.day + int(draw() * (timeline.last + 1 - presence.day))
    campaign = SMS_CAMPAIGNS[int(draw() * len(SMS_CAMPAIGNS))]
    sent = timeline.during(draw, day)
    message_id = f"{sheet.number():013d}"
    message: Entry = {
        "timezoneGmt": TIMEZONE_GMT,
        "systemName": "SMS-GW",
        "internalCompanyId": presence.company,
        "id": message_id,
        "phoneNumber": spell_phone(number, "84") if draw() < 0.7 else spell_phone_somehow(draw, number),
        "serviceProvider": "SMSGWA",
        "campaignId": campaign.number,
        "campaignName": campaign.name,
        "text": campaign.words,
    }
    chance = draw()
    events = (
        ("failed",) if chance < 0.04 else ("sent", "delivered") if chance < 0.85 else ("sent", "delivered", "clicked")
    )
    for place, event in enumerate(events):
        entry = {**message, "event": event, "eventAt": sent + place * int((0.01 + draw()) * HOUR)}
        if event == "clicked":
            entry["link"] = "https://s.example.com/v"
        elif event == "failed":
            entry["reason"] = "thuê bao tạm khóa"
        elif event == "delivered" and draw() < 0.5:
            entry["actionAt"] = entry["eventAt"]
        _arrive(sheet, "sms-interaction", day, entry, message_id, person, is_first=place == 0)


def _arrive(
    sheet: Sheet, object_type: str, day: int, entry: Entry, message_id: str, person: Person | None, *, is_first: bool
) -> None:
    """Let an event arrive; a message is noted once, because its events share the id."""
    if is_first:
        sheet.note(object_type, day, entry, message_id, person)
    deliver(sheet, object_type, day, entry, draw_story(sheet, calm=True))
