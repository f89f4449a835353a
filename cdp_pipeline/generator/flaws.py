"""rows of a day -> the same with flaws: some sent twice, and copies of some that break a rule.

A copy breaks exactly one rule, which its entity declares; the good row stands beside it, so what becomes of a person
does not depend on flaws. Versions, late rows and tombstones are no flaws: see `stories`.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.generator.names import Draw
from cdp_pipeline.generator.rows import Broken, Row, WrongEnvelope
from cdp_pipeline.generator.sheet import Entry

BAD_SHARE = 0.005
RESENT_SHARE = 0.003

CONDITIONS: Mapping[str, tuple[str, ...]] = {
    "NAME": ("fullName", "firstName", "lastName"),
    "PHONE_OR_EMAIL": ("phone", "email"),
    "CUSTOMER_PHONE_OR_EMAIL": ("customerPhone", "customerEmail"),
    "CUSTOMER_REF": ("customerId", "customerPhone", "customerEmail"),
    "ADDRESS_MIN": ("district", "ward"),
}
"""What to leave out so that a conditional rule breaks."""

Spoil = Callable[[Entry], Entry | None]
"""Makes the bad copy of an entry; None when this entry cannot break that rule."""


def add_flaws(
    draw: Draw, entity: Entity, rows: Sequence[Entry], *, takes_two: bool, can_break: bool, typed: bool, enveloped: bool
) -> tuple[list[Row], Counter[str], int]:
    """The rows with their flaws, how many bad rows break which rule, and how many rows stand there twice.

    Args:
        draw: The chunk's stream of random numbers.
        entity: What the rows are.
        rows: The entries of one file.
        takes_two: Whether a record may arrive twice on this day.
        can_break: Whether the format can hold an unreadable row.
        typed: Whether the format has typed columns, which hold no text where a number belongs.
        enveloped: Whether the rows travel in request envelopes.
    """
    found: list[Row] = list(rows)
    broken: Counter[str] = Counter()
    if takes_two:
        resent = [rows[int(draw() * len(rows))] for _ in range(int(len(rows) * RESENT_SHARE + draw()))] if rows else []
        found.extend(resent)
    else:
        resent = []
    spoils = spoils_of(entity)
    usable = [(rule, spoil) for rule, spoil in spoils if not (typed and rule.startswith("type:"))]
    for _ in range(int(len(rows) * BAD_SHARE + draw())):
        entry = rows[int(draw() * len(rows))]
        if entry.get("recordStatus") == "Deleted":
            continue
        place = int(draw() * len(usable) * 1.15)
        bad: Row | None
        if place >= len(usable):
            if not can_break:
                continue
            rule, bad = (
                ("envelope", WrongEnvelope((entry,))) if enveloped and draw() < 0.5 else ("unreadable", Broken(entry))
            )
        else:
            rule, spoil = usable[place]
            bad = spoil(entry)
        if bad is not None:
            found.insert(int(draw() * len(found)), bad)
            broken[rule] += 1
    return found, broken, len(resent)


@cache
def spoils_of(entity: Entity) -> tuple[tuple[str, Spoil], ...]:
    """Every rule of the entity that a row can break, by its name in the rejected table, and how to break it."""
    found: list[tuple[str, Spoil]] = []
    for column in entity.columns:
        name, kind = column.source, column.kind.name
        if column.required:
            found.append((f"required:{name}", _without(name)))
        if column.unknown == "reject":
            found.append((f"value:{name}", _with(name, "Khác", added=name == "recordStatus")))
        if column.unusable == "reject":
            found.append((f"format:{name}", _with(name, "không có")))
        if kind in ("whole_number", "hour_offset"):
            found.append((f"type:{name}", _with(name, "abc")))
        if kind == "event_timestamp" and not entity.fixed_system:
            found.append((f"value:{name}", _in_seconds(name)))
        if kind == "event_timestamp" and entity.fixed_system:
            found.append((f"type:{name}", _with(name, "hôm qua")))
    for check in entity.model.to_schema().checks:
        if check.name in CONDITIONS:
            found.append((f"condition:{check.name}", _without(*CONDITIONS[check.name])))
    return tuple(found)


def _without(*names: str) -> Spoil:
    return lambda entry: (
        {name: value for name, value in entry.items() if name not in names}
        if any(name in entry for name in names)
        else None
    )


def _with(name: str, value: str, *, added: bool = False) -> Spoil:
    return lambda entry: {**entry, name: value} if added or name in entry else None


def _in_seconds(name: str) -> Spoil:
    return lambda entry: {**entry, name: entry[name] // 1000} if name in entry else None
