"""record -> the rows by which it arrives: later versions, late ones, re-sent ones, tombstones, revivals.

One story per record, so that no day holds two versions of a record without an order: versions of one day differ in
their business time, versions without one arrive on days of their own. Rows sent twice within a day, exactly
alike, and rows that break a rule are made in `flaws`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.generator.sheet import Entry, Sheet
from cdp_pipeline.generator.timeline import DAY, HOUR

BASE = ("timezoneGmt", "systemName", "internalCompanyId")


@dataclass(frozen=True)
class Habit:
    """How an entity's rows are delivered again.

    Attributes:
        key: The fields a tombstone names.
        time: The field that orders versions, if there is one.
        moves: Whether a later version has a later time; otherwise it is the fixed time of the event.
        keep: The fields a partial row repeats because a row without them would be refused.
    """

    key: tuple[str, ...]
    time: str | None = None
    moves: bool = True
    keep: tuple[str, ...] = ()


_NAME = ("fullName", "firstName", "middleName", "lastName")
_CONTACT = ("customerName", "customerPhone", "customerEmail")
_PRODUCT = ("productSku", "productName", "productCategoryId")

HABITS: Mapping[str, Habit] = {
    "customer-identity": Habit(("customerId",), "updatedAt", keep=("phone", "email", *_NAME)),
    "customer-relationship": Habit(("customerId", "relationshipId"), "updatedAt", keep=("relationship", *_NAME)),
    "lead-information": Habit(("leadId",), "updatedAt", keep=("phone", *_NAME)),
    "customer-membership": Habit(
        ("membershipId",), "membershipUpdatedAt", keep=("customerId", *_CONTACT, "membershipIssuedAt")
    ),
    "customer-product-subscriber": Habit(
        ("subscribeId",), "subscribeAt", keep=("customerId", *_CONTACT, *_PRODUCT, "status")
    ),
    "customer-identity-address": Habit(("customerId", "addressType", "startTime"), "startTime", moves=False),
    "customer-identity-email": Habit(("customerId", "email")),
    "customer-identity-photo": Habit(("customerId", "source", "imageUrl")),
    "lead-status-history": Habit(("leadId", "oldStatus", "newStatus", "changedAt"), "changedAt", moves=False),
    "customer-product-activity": Habit(("actionId",), "actionAt", moves=False),
    "customer-product-comment": Habit(("commentId",), "commentedAt", moves=False),
    "customer-product-review": Habit(("reviewId",), "reviewedAt", moves=False),
    "email-interaction": Habit((), "eventAt", moves=False),
    "sms-interaction": Habit((), "eventAt", moves=False),
}
"""MoeGo has no stories: all its leads are listed every day."""

WRITTEN = tuple(entity for entity in ENTITIES if entity.object_type in {*HABITS, MOEGO_LEAD.object_type})
"""The entities with rows in a data set and the sample."""

Story = Literal["update", "late", "two at once", "again", "deletion"]


def draw_story(sheet: Sheet, *, calm: bool = False) -> Story | None:
    """What happens to a record, mostly nothing; a calm one (an event) hardly ever changes and is never late."""
    chance = sheet.draw()
    if calm:
        return None if chance > 0.014 else "update" if chance < 0.006 else "again" if chance < 0.011 else "deletion"
    if chance > 0.2:
        return None
    for story, until in _SHARES:
        if chance < until:
            return story
    return None


_SHARES: tuple[tuple[Story, float], ...] = (
    ("update", 0.12),
    ("late", 0.14),
    ("two at once", 0.155),
    ("again", 0.17),
    ("deletion", 0.177),
)


def deliver(
    sheet: Sheet, object_type: str, day: int, entry: Entry, story: Story | None, change: Mapping[str, Any] | None = None
) -> None:
    """Let a record arrive, with the rows that its story adds on the same or later days.

    `change` holds the fields that differ in another version. A story that does not fit the entity or the days left is
    skipped.
    """
    put, draw, timeline = sheet.put, sheet.draw, sheet.timeline
    put(object_type, day, entry)
    if story is None:
        return
    habit = HABITS[object_type]
    time = habit.time if habit.moves else None
    if story == "two at once":
        if time and change and sheet.takes_two(object_type, entry["systemName"], day):
            put(object_type, day, {**entry, **change, time: entry[time] + int((1 + draw()) * HOUR)})
        return
    if day == timeline.last:
        return
    later = day + 1 + int(draw() * (timeline.last - day))
    match story:
        case "update" if change:
            put(object_type, later, _newer(sheet, habit, entry, change, later))
        case "late" if change and time:
            put(object_type, later, {**entry, **change, time: entry[time] - int((1 + draw() * 200) * DAY)})
        case "again" if habit.time:
            put(object_type, later, entry)
        case "deletion" if habit.key:
            tombstone = {name: entry[name] for name in (*BASE, *habit.key) if name in entry} | {
                "recordStatus": "Deleted"
            }
            if time and draw() < 0.5:
                tombstone[time] = timeline.during(draw, later)
            put(object_type, later, tombstone)
            if later < timeline.last and draw() < 0.4:
                put(
                    object_type,
                    later + 1,
                    _newer(sheet, habit, entry, {"recordStatus": "Active"}, later + 1, whole=True),
                )


def _newer(
    sheet: Sheet, habit: Habit, entry: Entry, change: Mapping[str, Any], day: int, *, whole: bool = False
) -> Entry:
    """A later version: whole, or (one in two) only what changed and what every row must have."""
    kept = entry
    if habit.keep and not whole and sheet.draw() < 0.5:
        kept = {name: entry[name] for name in (*BASE, *habit.key, *habit.keep) if name in entry}
    newer = {**kept, **change}
    if habit.time and habit.moves:
        newer[habit.time] = sheet.timeline.during(sheet.draw, day)
    return newer
