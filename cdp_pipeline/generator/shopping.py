"""person -> what they do with products: activities, comments and replies, reviews, subscriptions.

Written by the system in which it happens: the shop's website, or the cash desk for those who only buy there.
"""

from typing import Any, NamedTuple

from cdp_pipeline.generator.catalog import COMMENTS, PRODUCTS, REPLIES, REVIEWS, SEARCHES, STORES, Product
from cdp_pipeline.generator.customers import base
from cdp_pipeline.generator.presence import Presence
from cdp_pipeline.generator.sheet import Entry, Sheet
from cdp_pipeline.generator.spelling import spell_for
from cdp_pipeline.generator.stories import deliver, draw_story

ACTIVITIES = (0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 6, 7, 9, 13, 19)
"""Activities of a person in the whole data set, to draw from evenly: four and a half on average, few people many."""

ACTIONS = (*("View",) * 9, *("AddToCart",) * 4, *("Search",) * 3, *("Wishlist",) * 2, *("Purchase",) * 3)
_ACTIVITY_PRODUCTS: tuple[Entry, ...] = tuple(
    {
        "productSku": p.sku,
        "productName": p.name,
        "productCategory": p.category,
        "productCategoryId": p.category_id,
        "productLink": p.link,
        "price": p.sale_price,
    }
    for p in PRODUCTS
)


class Comment(NamedTuple):
    """A comment others of the chunk may answer."""

    comment_id: str
    product: Product
    company: str


def write_shopping(sheet: Sheet, presence: Presence, comments: list[Comment]) -> None:
    """The actions of a person in the shop; a person known in no other way at least subscribes to a product."""
    draw, person = sheet.draw, presence.person
    if person.namesake:
        return
    if presence.web or presence.crm or not presence.pos:
        system, customer_id = "Website", presence.web or presence.crm or presence.guest_id
    else:
        system, customer_id = "POS", presence.pos
    contact = presence.contact(sheet, system, sheet.timeline.midnights[0])
    who: Entry = base(presence, system) | {
        "customerId": customer_id,
        "customerName": spell_for(draw, system, person.name, may_abbreviate=person.may_abbreviate),
    }
    if contact.phone:
        who["customerPhone"] = contact.phone
    if contact.email:
        who["customerEmail"] = contact.email
    shares = contact.shares_phone
    _write_activities(sheet, presence, who, shares)
    if draw() < 0.16:
        _write_comment(sheet, presence, who, shares, comments)
    if draw() < 0.18:
        _write_review(sheet, presence, who, shares)
    passing = presence.customer is None and presence.lead_id is None and presence.moego_id is None
    if passing or draw() < 0.2:
        _write_subscription(sheet, presence, who, shares)


def _day(sheet: Sheet, presence: Presence) -> int:
    return presence.day + int(sheet.draw() * (sheet.timeline.last + 1 - presence.day))


def _write_activities(sheet: Sheet, presence: Presence, who: Entry, shares: bool) -> None:
    draw, timeline, person = sheet.draw, sheet.timeline, presence.person
    in_store = who["systemName"] == "POS"
    count = ACTIVITIES[int(draw() * len(ACTIVITIES))]
    if presence.customer is None:
        # Visitors without account leave their contact once in a while only.
        count //= 3
    for _ in range(sheet.times(count)):
        day = _day(sheet, presence)
        action_id = f"{sheet.number():011d}"
        action = "Purchase" if in_store else ACTIONS[int(draw() * 21)]
        entry = {
            **who,
            **_ACTIVITY_PRODUCTS[int(draw() * len(PRODUCTS))],
            "actionId": action_id,
            "action": action,
            "actionAt": timeline.during(draw, day),
        }
        if action == "Search":
            entry["textResult"] = SEARCHES[int(draw() * len(SEARCHES))]
            entry["longResult"] = int(draw() * 60)
        elif action != "View":
            entry["quantity"] = 1 if draw() < 0.8 else int(draw() * 5) + 2
            if action == "Purchase":
                entry["actionStatus"] = "completed" if draw() < 0.9 else "pending"
                entry["boolResult"] = True
        if draw() < 0.03:
            entry["customFieldTexts"] = {"customField01": "voucher T9"}
        sheet.note("customer-product-activity", day, entry, action_id, person, shares_phone=shares)
        deliver(
            sheet, "customer-product-activity", day, entry, draw_story(sheet, calm=True), {"actionStatus": "refunded"}
        )


def _product_of(product: Product) -> Entry:
    return {
        "productId": f"PID{32_632_526_000 + product.number}",
        "productSku": product.sku,
        "productName": product.name,
        "productCategory": product.category,
        "productCategoryId": product.category_id,
        "productLink": product.link,
        "productPrice": product.price,
        "productPrice4Sale": product.sale_price,
    }


def _write_comment(sheet: Sheet, presence: Presence, who: Entry, shares: bool, comments: list[Comment]) -> None:
    draw = sheet.draw
    day = _day(sheet, presence)
    comment_id = f"CM{sheet.number()}"
    parent = comments[int(draw() * len(comments))] if comments and draw() < 0.35 else None
    if parent and (parent.company != presence.company or who["systemName"] != "Website"):
        parent = None
    product = parent.product if parent else PRODUCTS[int(draw() * len(PRODUCTS))]
    words = REPLIES if parent else COMMENTS
    entry: dict[str, Any] = {
        **who,
        **_product_of(product),
        "commentId": comment_id,
        "commentedAt": sheet.timeline.during(draw, day),
        "content": words[int(draw() * len(words))],
        "ipAddress": f"203.0.113.{int(draw() * 254) + 1}",
    }
    if parent:
        entry["parentCommentId"] = parent.comment_id
    elif draw() < 0.3:
        # The source's own sample sends it so: null, not absent.
        entry["parentCommentId"] = None
    if draw() < 0.3:
        entry["customFieldTexts"] = {"customField01": "tag:question"}
    sheet.note("customer-product-comment", day, entry, comment_id, presence.person, shares_phone=shares)
    deliver(sheet, "customer-product-comment", day, entry, draw_story(sheet, calm=True), {"title": "(đã sửa)"})
    if who["systemName"] == "Website":
        comments.append(Comment(comment_id, product, presence.company))


def _write_review(sheet: Sheet, presence: Presence, who: Entry, shares: bool) -> None:
    draw = sheet.draw
    day = _day(sheet, presence)
    review_id = f"RV{sheet.number()}"
    product = PRODUCTS[int(draw() * len(PRODUCTS))]
    rating, title, content = REVIEWS[int(draw() * len(REVIEWS))]
    entry = {
        **who,
        **_product_of(product),
        "reviewId": review_id,
        "reviewedAt": sheet.timeline.during(draw, day),
        "rating": rating,
        "title": title,
        "content": content,
    }
    if draw() < 0.25:
        entry["imageLinks"] = [f"https://cdn.example.com/rv/{review_id}-{n}.jpg" for n in (1, 2)]
    sheet.note("customer-product-review", day, entry, review_id, presence.person, shares_phone=shares)
    deliver(sheet, "customer-product-review", day, entry, draw_story(sheet, calm=True), {"rating": max(rating - 1, 1)})


def _write_subscription(sheet: Sheet, presence: Presence, who: Entry, shares: bool) -> None:
    """A subscription to a product; one in five ends on a later day."""
    draw, home = sheet.draw, presence.person.household.home
    day = presence.day
    product = PRODUCTS[int(draw() * len(PRODUCTS))]
    subscribe_id = f"SB{sheet.number()}"
    entry = {
        **{name: value for name, value in who.items() if name != "customerId" or presence.customer},
        "subscribeId": subscribe_id,
        "subscribeAt": sheet.timeline.during(draw, day),
        "productId": f"PID{32_632_526_000 + product.number}",
        "productSku": product.sku,
        "productName": product.name,
        "status": "Subscribed",
        "subscribeEmail": "customerEmail" in who,
        "subscribePhone": draw() < 0.5,
        "sourceChannel": "Online",
        "sourceName": "Website",
    }
    if draw() < 0.4:
        entry |= {"customerCity": home.province.name, "customerDistrict": home.district, "customerAddress": home.street}
    if draw() < 0.3:
        store = STORES[int(draw() * len(STORES))]
        entry |= {"storeId": store[0], "storeName": store[1], "storeCity": store[2], "storeDistrict": store[3]}
    sheet.note("customer-product-subscriber", day, entry, subscribe_id, presence.person, shares_phone=shares)
    story = "update" if draw() < 0.2 else draw_story(sheet)
    change = {"status": "Unsubscribed", "subscribeEmail": False, "subscribePhone": False}
    # A late row tells of the time before: it must not end the subscription.
    deliver(
        sheet,
        "customer-product-subscriber",
        day,
        entry,
        story,
        change if story != "late" else {"sourceNameLevel2": "form"},
    )
