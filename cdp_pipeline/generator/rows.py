"""Rows on their way into a file: entries, and those that a file shall hold in an unreadable form.

Also which columns a table-shaped file of an entity has. The files themselves are written in `text_files` and
`table_files`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.generator.sheet import Entry


@dataclass(frozen=True)
class Broken:
    """An entry that arrives damaged: cut off, or with too many fields, as the format allows."""

    entry: Entry


@dataclass(frozen=True)
class WrongEnvelope:
    """Entries in an envelope whose object type does not exist."""

    entries: tuple[Entry, ...]


Row = Entry | Broken | WrongEnvelope

CUSTOM_FIELDS: dict[str, tuple[str, ...]] = {
    "customFieldTexts": ("customField01", "customField02", "customField03"),
    "customFieldNumbers": ("customField01",),
    "customFieldBooleans": ("customField02",),
}
"""The custom fields the generator fills, by container."""

DRIFT_COLUMNS = {"lead-information": ("utmCampaign",)}
"""Fields that are sent though no entity declares them."""


@dataclass(frozen=True)
class Columns:
    """The columns of a table-shaped file, by what has to be done to their values.

    Attributes:
        names: All in order, custom-field containers last.
        lists: Those that hold lists of texts.
        flags: Those that hold true or false.
        containers: Those that hold custom fields.
    """

    names: tuple[str, ...]
    lists: frozenset[str]
    flags: frozenset[str]
    containers: tuple[str, ...]


def columns_of_file(entity: Entity) -> Columns:
    """Every column the entity declares but the sender's reference, then drift, then custom fields."""
    declared = [column for column in entity.columns if column.name != "ref_id"]
    containers = tuple(CUSTOM_FIELDS) if entity.has_custom_fields else ()
    return Columns(
        (*(column.source for column in declared), *DRIFT_COLUMNS.get(entity.object_type, ()), *containers),
        frozenset(column.source for column in declared if column.kind.name in ("text_list", "person_name_list")),
        frozenset(column.source for column in declared if column.kind.name == "flag"),
        containers,
    )


def entries_of(rows: Sequence[Row]) -> list[Entry]:
    """The rows that are entries, for formats that cannot hold anything else."""
    return [row for row in rows if isinstance(row, dict)]
