"""person -> events: what they do with products, and what becomes of the e-mails and SMS sent to them.

Activities, comments and replies, reviews and subscriptions are written by the system in which they happen: the shop's
website, or the cash desk for those who only buy there. Events of a message hold an address and no person.
"""

from typing import NamedTuple

from cdp_pipeline.generator.contacts import spell_email_somehow, spell_phone, spell_phone_somehow
from cdp_pipeline.generator.names import spell_for
from cdp_pipeline.generator.people import Person
from cdp_pipeline.generator.presence import Presence
from cdp_pipeline.generator.sheet import HOUR, Sheet
from cdp_pipeline.generator.versions import deliver, draw_story, record
from cdp_pipeline.generator.words import ACTIONS, PRODUCTS, WORDS, Entry, pick

ACTIVITIES = (0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 6, 7, 9, 13, 19)
"""Activities of a person in the whole data set, to draw from evenly: four and a half on average, few people many."""

EMAILS = (0, 0, 1, 1, 2, 2, 3, 4, 5, 7)
"""E-mails to a person who has an address in the whole data set, to draw from evenly; each makes about two rows."""

TEXTS = (0, 0, 0, 1, 1, 1, 2, 3)
"""SMS to a person who has a phone, likewise."""

STRANGER_SHARE = 0.03
"""Messages to addresses that no record holds."""

_SEEN = ("productSku", "productName", "productCategory", "productCategoryId", "productLink")
_SEEN_PRODUCTS = [{**{name: p[name] for name in _SEEN}, "price": p["productPrice4Sale"]} for p in PRODUCTS]
_SUBSCRIBED = ("productId", "productSku", "productName")


class Comment(NamedTuple):
    """A comment others of the chunk may answer."""

    comment_id: str
    product: Entry
    company: str


def write_shopping(sheet: Sheet, presence: Presence, comments: list[Comment]) -> None:
    """The actions of a person in the shop; a person known in no other way at least subscribes to a product."""
    draw, person, ids = sheet.draw, presence.person, presence.ids
    if person.namesake:
        return
    only_buys = "POS" in ids and not ("Website" in ids or "CRM" in ids)
    system = "POS" if only_buys else "Website"
    # Visitors without account are guests.
    customer_id = ids["POS"] if only_buys else ids.get("Website") or ids.get("CRM") or f"guest{person.number + 1}"
    contact = presence.contact(sheet, system, sheet.midnights[0])
    name = spell_for(draw, system, person.name, may_abbreviate=person.may_abbreviate)
    who = presence.row(
        system, customerId=customer_id, customerName=name, customerPhone=contact.phone, customerEmail=contact.email
    )
    shares = contact.shares_phone
    _write_activities(sheet, presence, who, shares)
    if draw() < 0.16:
        _write_comment(sheet, presence, who, shares, comments)
    if draw() < 0.18:
        _write_review(sheet, presence, who, shares)
    if not ids or draw() < 0.2:
        _write_subscription(sheet, presence, who, shares)


def _write_activities(sheet: Sheet, presence: Presence, who: Entry, shares: bool) -> None:
    draw, in_store = sheet.draw, who["systemName"] == "POS"
    count = pick(draw, ACTIVITIES)
    if presence.customer is None:
        # Visitors without account leave their contact once in a while only.
        count //= 3
    for _ in range(sheet.times(count)):
        day = sheet.day_from(presence.day)
        action_id = f"{sheet.number():011d}"
        action = "Purchase" if in_store else pick(draw, ACTIONS)
        entry = who | pick(draw, _SEEN_PRODUCTS)
        entry |= {"actionId": action_id, "action": action, "actionAt": sheet.during(day)}
        if action == "Search":
            entry |= {"textResult": pick(draw, WORDS["searches"]), "longResult": int(draw() * 60)}
        elif action != "View":
            entry["quantity"] = 1 if draw() < 0.8 else int(draw() * 5) + 2
            if action == "Purchase":
                entry |= {"actionStatus": "completed" if draw() < 0.9 else "pending", "boolResult": True}
        entry |= sheet.maybe(0.03, customFieldTexts={"customField01": "voucher T9"})
        change = {"actionStatus": "refunded"}
        record(sheet, "customer-product-activity", day, entry, presence.person, change, shares_phone=shares)


def _write_comment(sheet: Sheet, presence: Presence, who: Entry, shares: bool, comments: list[Comment]) -> None:
    draw, company, on_website = sheet.draw, presence.company, who["systemName"] == "Website"
    day = sheet.day_from(presence.day)
    comment_id = f"CM{sheet.number()}"
    parent = pick(draw, comments) if comments and draw() < 0.35 else None
    if parent and (parent.company != company or not on_website):
        parent = None
    product = parent.product if parent else pick(draw, PRODUCTS)
    entry = who | product | {"commentId": comment_id, "commentedAt": sheet.during(day)}
    entry["content"] = pick(draw, WORDS["replies" if parent else "comments"])
    entry["ipAddress"] = f"203.0.113.{int(draw() * 254) + 1}"
    if parent:
        entry["parentCommentId"] = parent.comment_id
    else:
        # The source's own sample sends it so: null, not absent.
        entry |= sheet.maybe(0.3, parentCommentId=None)
    entry |= sheet.maybe(0.3, customFieldTexts={"customField01": "tag:question"})
    record(sheet, "customer-product-comment", day, entry, presence.person, {"title": "(đã sửa)"}, shares_phone=shares)
    if on_website:
        comments.append(Comment(comment_id, product, company))


def _write_review(sheet: Sheet, presence: Presence, who: Entry, shares: bool) -> None:
    draw, day = sheet.draw, sheet.day_from(presence.day)
    review_id = f"RV{sheet.number()}"
    product, review = pick(draw, PRODUCTS), pick(draw, WORDS["reviews"])
    entry = who | product | {"reviewId": review_id, "reviewedAt": sheet.during(day)} | review
    links = [f"https://cdn.example.com/rv/{review_id}-{n}.jpg" for n in (1, 2)]
    entry |= sheet.maybe(0.25, imageLinks=links)
    change = {"rating": max(review["rating"] - 1, 1)}
    record(sheet, "customer-product-review", day, entry, presence.person, change, shares_phone=shares)


def _write_subscription(sheet: Sheet, presence: Presence, who: Entry, shares: bool) -> None:
    """A subscription to a product; one in five ends on a later day."""
    draw, home, day = sheet.draw, presence.person.household.home, presence.day
    product = pick(draw, PRODUCTS)
    entry = {name: value for name, value in who.items() if name != "customerId" or presence.customer}
    entry |= {"subscribeId": f"SB{sheet.number()}", "subscribeAt": sheet.during(day)}
    entry |= {name: product[name] for name in _SUBSCRIBED} | {"status": "Subscribed"}
    entry |= {"subscribeEmail": "customerEmail" in who, "subscribePhone": draw() < 0.5}
    entry |= {"sourceChannel": "Online", "sourceName": "Website"}
    if draw() < 0.4:
        entry |= {f"customer{name.title()}": home.place[name] for name in ("city", "district", "address")}
    if draw() < 0.3:
        entry |= pick(draw, WORDS["stores"])
    object_type = "customer-product-subscriber"
    sheet.note(object_type, day, entry, presence.person, shares_phone=shares)
    story = "update" if draw() < 0.2 else draw_story(sheet, object_type, entry)
    # A late row is about the time before: it must not end the subscription.
    ended = {"status": "Unsubscribed", "subscribeEmail": False, "subscribePhone": False}
    deliver(sheet, object_type, day, entry, story, {"sourceNameLevel2": "form"} if story == "late" else ended)


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
        entry |= {name: text.format(**campaign) for name, text in WORDS["email_events"].get(event, {}).items()}
        if event == "opened":
            entry |= sheet.maybe(0.2, tags=["mobile"])
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
        entry |= WORDS["sms_events"].get(event, {})
        if event == "delivered":
            entry |= sheet.maybe(0.5, actionAt=entry["eventAt"])
        _arrive(sheet, "sms-interaction", day, entry, person, is_first=number == 0)


def _arrive(sheet: Sheet, object_type: str, day: int, entry: Entry, person: Person | None, *, is_first: bool) -> None:
    """Let an event arrive; a message is noted once, because its events share the id."""
    if is_first:
        sheet.note(object_type, day, entry, person)
    deliver(sheet, object_type, day, entry, draw_story(sheet, object_type, entry))
