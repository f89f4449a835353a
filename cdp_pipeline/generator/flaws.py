"""rows of a day -> the same with flaws: some sent twice, and copies of some that break a rule.

A copy breaks exactly one rule, which its entity declares; the good row stands beside it, so what becomes of a person
does not depend on flaws. Versions, late rows and tombstones are no flaws: see `versions`.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.generator.files import Broken, Row, RowFile, WrongEnvelope
from cdp_pipeline.generator.words import Draw, Entry, pick, read_toml

FLAWS = read_toml("flaws.toml")

Spoil = Callable[[Entry], Entry | None]
"""Makes the bad copy of an entry; None when this entry cannot break that rule."""


def add_flaws(
    draw: Draw, file: RowFile, rows: Sequence[Entry], *, takes_two: bool
) -> tuple[list[Row], Counter[str], int]:
    """The rows of a file with their flaws, how many bad rows break which rule, and how many rows stand there twice.

    The file's format decides which flaws it can hold; `takes_two` is whether a record may arrive twice on its day.
    """
    resent = [pick(draw, rows) for _ in range(int(len(rows) * FLAWS["resent_share"] + draw()))] if takes_two else []
    found: list[Row] = [*rows, *resent]
    broken: Counter[str] = Counter()
    usable = [(rule, spoil) for rule, spoil in spoils_of(file.entity) if not (file.typed and rule.startswith("type:"))]
    for _ in range(int(len(rows) * FLAWS["bad_share"] + draw())):
        entry = pick(draw, rows)
        if entry.get("recordStatus") == "Deleted":
            continue
        place = int(draw() * len(usable) * 1.15)
        bad: Row | None
        if place < len(usable):
            rule, spoil = usable[place]
            bad = spoil(entry)
        elif file.enveloped and draw() < 0.5:
            rule, bad = "envelope", WrongEnvelope((entry,))
        else:
            rule, bad = "unreadable", Broken(entry) if file.can_break else None
        if bad is not None:
            found.insert(int(draw() * len(found)), bad)
            broken[rule] += 1
    return found, broken, len(resent)


@cache
def spoils_of(entity: Entity) -> tuple[tuple[str, Spoil], ...]:
    """Every rule of the entity that a row can break, by its name in the rejected table, and how to break it."""
    values, conditions, found = FLAWS["values"], FLAWS["conditions"], list[tuple[str, Spoil]]()
    for column in entity.columns:
        name, kind = column.source, column.kind.name
        if column.required:
            found.append((f"required:{name}", _without(name)))
        if column.unknown == "reject":
            found.append((f"value:{name}", _with(name, values["value"], added=name == "recordStatus")))
        if column.unusable == "reject":
            found.append((f"format:{name}", _with(name, values["format"])))
        if kind in ("whole_number", "hour_offset"):
            found.append((f"type:{name}", _with(name, values["number"])))
        if kind == "event_timestamp" and entity.fixed_system:
            found.append((f"type:{name}", _with(name, values["time"])))
        elif kind == "event_timestamp":
            found.append((f"value:{name}", _in_seconds(name)))
    checks = (str(check.name) for check in entity.model.to_schema().checks)
    return (*found, *((f"condition:{name}", _without(*conditions[name])) for name in checks if name in conditions))


def _without(*names: str) -> Spoil:
    return lambda entry: {n: v for n, v in entry.items() if n not in names} if entry.keys() & set(names) else None


def _with(name: str, value: str, *, added: bool = False) -> Spoil:
    return lambda entry: {**entry, name: value} if added or name in entry else None


def _in_seconds(name: str) -> Spoil:
    return lambda entry: {**entry, name: entry[name] // 1000} if name in entry else None
