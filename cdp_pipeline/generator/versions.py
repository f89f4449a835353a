"""record -> the rows by which it arrives: later versions, late ones, re-sent ones, tombstones, revivals.

One story per record, so that no day holds two versions of a record without an order: versions of one day differ in
their business time, versions without one arrive on days of their own. Keys and times are those that the entity
declares. Rows sent twice within a day, exactly alike, and rows that break a rule are made in `flaws`.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, NamedTuple

from cdp_pipeline.entities.registry import BY_OBJECT_TYPE, ENTITIES
from cdp_pipeline.generator.people import Person
from cdp_pipeline.generator.sheet import DAY, HOUR, Sheet
from cdp_pipeline.generator.words import Entry, read_toml

DELIVERIES = read_toml("deliveries.toml")
WRITTEN = tuple(entity for entity in ENTITIES if entity.object_type in DELIVERIES["kept"])
"""The entities with rows in a data set and the sample."""

BASE = ("timezoneGmt", "systemName", "internalCompanyId")
Story = Literal["update", "late", "two at once", "again", "deletion"]

_SHARES: tuple[tuple[Story, float], ...] = (
    *(("update", 0.12), ("late", 0.14), ("two at once", 0.155), ("again", 0.17), ("deletion", 0.177)),
)
_CALM_SHARES: tuple[tuple[Story, float], ...] = (("update", 0.006), ("again", 0.011), ("deletion", 0.014))
"""Of each story, the upper end of its share of the records; events hardly ever change and are never late."""


class Habit(NamedTuple):
    """How versions of an entity's records differ."""

    key: tuple[str, ...]
    """The fields a tombstone names; none for messages, which are not deleted."""
    time: str | None
    """The field that orders versions, if there is one."""
    moves: bool
    """Whether a later version has a later time; otherwise it is the fixed time of the event."""
    kept: tuple[str, ...]
    """The fields a partial row repeats because a row without them would be refused."""


@cache
def habit_of(object_type: str) -> Habit:
    """The habit of an entity, from its declaration and `data/deliveries.toml`."""
    entity = BY_OBJECT_TYPE[object_type]
    key = (entity.by_name[name.removesuffix("_normalized")].source for name in entity.natural_key)
    time = next((entity.by_name[name].source for name in entity.business_time), None)
    kept = tuple(DELIVERIES["kept"][object_type])
    return Habit(() if entity.role == "recipient" else tuple(key), time, bool(kept), kept)


def partial_row(object_type: str, entry: Entry) -> Entry:
    """What a row must hold so that it is not refused, whatever else it leaves out."""
    habit = habit_of(object_type)
    return {name: entry[name] for name in (*BASE, *habit.key, *habit.kept) if name in entry}


def draw_story(sheet: Sheet, object_type: str, entry: Entry) -> Story | None:
    """What happens to a record, mostly nothing; nothing can where the time that orders its versions is missing."""
    time = habit_of(object_type).time
    if time and time not in entry:
        return None
    chance = sheet.draw()
    shares = _CALM_SHARES if object_type in DELIVERIES["calm"] else _SHARES
    for story, until in shares if chance < shares[-1][1] else ():
        if chance < until:
            return story
    return None


def record(
    sheet: Sheet,
    object_type: str,
    day: int,
    entry: Entry,
    person: Person,
    change: Mapping[str, Any] | None = None,
    *,
    shares_phone: bool = False,
    only: Story | None = None,
) -> None:
    """Note whose record it is and deliver it with a story; one that is not the `only` one is skipped."""
    sheet.note(object_type, day, entry, person, shares_phone=shares_phone)
    story = draw_story(sheet, object_type, entry)
    deliver(sheet, object_type, day, entry, story if only in (None, story) else None, change)


def deliver(
    sheet: Sheet, object_type: str, day: int, entry: Entry, story: Story | None, change: Mapping[str, Any] | None = None
) -> None:
    """Let a record arrive, with the rows that its story adds on the same or later days.

    `change` holds the fields that differ in another version. A story that does not fit the entity or the days left is
    skipped.
    """
    draw, habit = sheet.draw, habit_of(object_type)
    sheet.put(object_type, day, entry)
    time = habit.time if habit.moves else None
    if story == "two at once" and time and change and sheet.takes_two(object_type, entry["systemName"], day):
        sheet.put(object_type, day, {**entry, **change, time: entry[time] + int((1 + draw()) * HOUR)})
    if story in (None, "two at once") or day == sheet.last:
        return
    later = sheet.day_from(day + 1)
    match story:
        case "update" if change:
            is_partial = habit.kept and draw() < 0.5
            newer = {**(partial_row(object_type, entry) if is_partial else entry), **change}
            sheet.put(object_type, later, newer | ({time: sheet.during(later)} if time else {}))
        case "late" if change and time:
            sheet.put(object_type, later, {**entry, **change, time: entry[time] - int((1 + draw() * 200) * DAY)})
        case "again" if habit.time:
            sheet.put(object_type, later, entry)
        case "deletion" if habit.key:
            tombstone = {name: value for name, value in entry.items() if name in (*BASE, *habit.key)}
            tombstone["recordStatus"] = "Deleted"
            if time and draw() < 0.5:
                tombstone[time] = sheet.during(later)
            sheet.put(object_type, later, tombstone)
            if later < sheet.last and draw() < 0.4:
                revived = {**entry, "recordStatus": "Active"}
                sheet.put(object_type, later + 1, revived | ({time: sheet.during(later + 1)} if time else {}))
