"""person -> what they do with products: activities, comments and replies, reviews, subscriptions.

Written by the system in which it happens: the shop's website, or the cash desk for those who only buy there.
"""

from typing import NamedTuple

from cdp_pipeline.generator.names import spell_for
from cdp_pipeline.generator.presence import Presence
from cdp_pipeline.generator.sheet import Sheet
from cdp_pipeline.generator.versions import deliver, draw_story, record
from cdp_pipeline.generator.words import ACTIONS, PRODUCTS, WORDS, Entry, pick

ACTIVITIES = (0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 6, 7, 9, 13, 19)
"""Activities of a person in the whole data set, to draw from evenly: four and a half on average, few people many."""

_SEEN = ("productSku", "productName", "productCategory", "productCategoryId", "productLink")
_SEEN_PRODUCTS = [{**{name: p[name] for name in _SEEN}, "price": p["productPrice4Sale"]} for p in PRODUCTS]
_SUBSCRIBED = ("productId", "productSku", "productName")


class Comment(NamedTuple):
    """A comment others of the chunk may answer."""

    comment_id: str
    product: Entry
    company: str


class Visit(NamedTuple):
    """A person in the shop: the fields that name them in its rows, and whether the phone is the household's."""

    presence: Presence
    who: Entry
    shares_phone: bool

    def record(self, sheet: Sheet, object_type: str, day: int, entry: Entry, change: Entry) -> None:
        """Deliver a row about the person."""
        record(sheet, object_type, day, entry, self.presence.person, change, shares_phone=self.shares_phone)


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
    visit = Visit(presence, who, contact.shares_phone)
    _write_activities(sheet, visit)
    if draw() < 0.16:
        _write_comment(sheet, visit, comments)
    if draw() < 0.18:
        _write_review(sheet, visit)
    if not ids or draw() < 0.2:
        _write_subscription(sheet, visit)


def _write_activities(sheet: Sheet, visit: Visit) -> None:
    draw, in_store = sheet.draw, visit.who["systemName"] == "POS"
    count = pick(draw, ACTIVITIES)
    if visit.presence.customer is None:
        # Visitors without account leave their contact once in a while only.
        count //= 3
    for _ in range(sheet.times(count)):
        day = sheet.day_from(visit.presence.day)
        action_id = f"{sheet.number():011d}"
        action = "Purchase" if in_store else pick(draw, ACTIONS)
        entry = visit.who | pick(draw, _SEEN_PRODUCTS)
        entry |= {"actionId": action_id, "action": action, "actionAt": sheet.during(day)}
        if action == "Search":
            entry |= {"textResult": pick(draw, WORDS["searches"]), "longResult": int(draw() * 60)}
        elif action != "View":
            entry["quantity"] = 1 if draw() < 0.8 else int(draw() * 5) + 2
            if action == "Purchase":
                entry |= {"actionStatus": "completed" if draw() < 0.9 else "pending", "boolResult": True}
        if draw() < 0.03:
            entry["customFieldTexts"] = {"customField01": "voucher T9"}
        visit.record(sheet, "customer-product-activity", day, entry, {"actionStatus": "refunded"})


def _write_comment(sheet: Sheet, visit: Visit, comments: list[Comment]) -> None:
    draw, company, on_website = sheet.draw, visit.presence.company, visit.who["systemName"] == "Website"
    day = sheet.day_from(visit.presence.day)
    comment_id = f"CM{sheet.number()}"
    parent = pick(draw, comments) if comments and draw() < 0.35 else None
    if parent and (parent.company != company or not on_website):
        parent = None
    product = parent.product if parent else pick(draw, PRODUCTS)
    entry = visit.who | product | {"commentId": comment_id, "commentedAt": sheet.during(day)}
    entry["content"] = pick(draw, WORDS["replies" if parent else "comments"])
    entry["ipAddress"] = f"203.0.113.{int(draw() * 254) + 1}"
    if parent:
        entry["parentCommentId"] = parent.comment_id
    elif draw() < 0.3:
        # The source's own sample sends it so: null, not absent.
        entry["parentCommentId"] = None
    if draw() < 0.3:
        entry["customFieldTexts"] = {"customField01": "tag:question"}
    visit.record(sheet, "customer-product-comment", day, entry, {"title": "(đã sửa)"})
    if on_website:
        comments.append(Comment(comment_id, product, company))


def _write_review(sheet: Sheet, visit: Visit) -> None:
    draw, day = sheet.draw, sheet.day_from(visit.presence.day)
    review_id = f"RV{sheet.number()}"
    product, review = pick(draw, PRODUCTS), pick(draw, WORDS["reviews"])
    entry = visit.who | product | {"reviewId": review_id, "reviewedAt": sheet.during(day)} | review
    if draw() < 0.25:
        entry["imageLinks"] = [f"https://cdn.example.com/rv/{review_id}-{n}.jpg" for n in (1, 2)]
    visit.record(sheet, "customer-product-review", day, entry, {"rating": max(review["rating"] - 1, 1)})


def _write_subscription(sheet: Sheet, visit: Visit) -> None:
    """A subscription to a product; one in five ends on a later day."""
    presence, who, _ = visit
    draw, home, day = sheet.draw, presence.person.household.home, presence.day
    product = pick(draw, PRODUCTS)
    entry = {name: value for name, value in who.items() if name != "customerId" or presence.customer}
    entry |= {"subscribeId": f"SB{sheet.number()}", "subscribeAt": sheet.during(day)}
    entry |= {name: product[name] for name in _SUBSCRIBED} | {"status": "Subscribed"}
    entry |= {"subscribeEmail": "customerEmail" in who, "subscribePhone": draw() < 0.5}
    entry |= {"sourceChannel": "Online", "sourceName": "Website"}
    if draw() < 0.4:
        entry |= {"customerCity": home.province.name, "customerDistrict": home.district, "customerAddress": home.street}
    if draw() < 0.3:
        entry |= pick(draw, WORDS["stores"])
    object_type = "customer-product-subscriber"
    sheet.note(object_type, day, entry, presence.person, shares_phone=visit.shares_phone)
    story = "update" if draw() < 0.2 else draw_story(sheet, object_type, entry)
    # A late row is about the time before: it must not end the subscription.
    ended = {"status": "Unsubscribed", "subscribeEmail": False, "subscribePhone": False}
    deliver(sheet, object_type, day, entry, story, {"sourceNameLevel2": "form"} if story == "late" else ended)
