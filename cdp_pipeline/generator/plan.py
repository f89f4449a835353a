"""Which file holds which rows: one per entity and delivery day, three for customer identities, in rotating formats."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import BY_OBJECT_TYPE, ENTITIES
from cdp_pipeline.generator import files, table_files
from cdp_pipeline.generator.customers import SYSTEMS
from cdp_pipeline.generator.files import RowFile
from cdp_pipeline.generator.sheet import Sheet
from cdp_pipeline.generator.versions import DELIVERIES
from cdp_pipeline.generator.words import Entry

FORMATS: Mapping[str, tuple[str, Callable[[Path, str, Entity], RowFile]]] = {
    "ndjson": (".ndjson", files.JsonLines),
    "jsonl.gz": (".jsonl.gz", files.JsonLines),
    "ndjson.zst": (".ndjson.zst", files.JsonLines),
    "envelopes": (".ndjson", files.Envelopes),
    "envelope files": (".json", files.EnvelopeFiles),
    "json": (".json", files.JsonArray),
    "csv": (".csv", table_files.Delimited),
    "csv.gz": (".csv.gz", table_files.SemicolonSeparated),
    "csv in UTF-16": (".csv", table_files.WideText),
    "tsv": (".tsv", table_files.TabSeparated),
    "parquet": (".parquet", table_files.ParquetParts),
    "xlsx": (".xlsx", table_files.Workbook),
    "lead pages": (".json", files.LeadPages),
}
"""Every format by the name used in the data files: its ending and what writes it."""

Key = tuple[str, str, int]
"""A file: its object type, its system (empty for files of all systems) and the number of its day."""


def systems_of(object_type: str) -> Sequence[str]:
    """The systems that send files of their own: all for customer identities, for others one that stands for all."""
    return SYSTEMS if object_type == "customer-identity" else ("",)


@dataclass(frozen=True)
class Plan:
    """The files of a data set: the raw folder, the delivery days, and the format of each file."""

    directory: Path
    days: tuple[date, ...]
    formats: Mapping[Key, str]

    def takes_two(self, object_type: str, system: str, day: int) -> bool:
        """Whether a record may arrive twice on that day.

        Not in envelopes of entities that honour `ignoredUpdateCfs`: what a second arrival may change would depend on
        which of the two came first.
        """
        key = (object_type, system if system in systems_of(object_type) else "", day)
        return "envelope" not in self.formats[key] or not BY_OBJECT_TYPE[object_type].supports_ignored_update_cfs

    def split(self, sheet: Sheet) -> list[tuple[Key, list[Entry]]]:
        """The rows of each file that has some."""
        files = [
            ((object_type, system, day), [row for row in rows if not system or row["systemName"] == system])
            for object_type, by_day in sheet.rows.items()
            for day, rows in enumerate(by_day)
            for system in systems_of(object_type)
        ]
        return [(key, rows) for key, rows in files if rows]

    def open(self, key: Key, path: str = "{date}/{name}") -> RowFile:
        """Begin a file; `path` is relative to the entity's folder, without ending."""
        object_type, system, day = key
        ending, maker = FORMATS[self.formats[key]]
        name = f"{object_type}-{system.lower()}" if system else object_type
        stem = self.directory / object_type / path.format(date=self.days[day].isoformat(), name=name)
        return maker(stem, ending, BY_OBJECT_TYPE[object_type])


def rotating_plan(directory: Path, days: tuple[date, ...], people: int) -> Plan:
    """A plan in which every entity changes its format from day to day and the first day sees them all."""
    formats: dict[Key, str] = {}
    light = 0
    for entity in ENTITIES:
        for system in systems_of(entity.object_type):
            heavy = entity.object_type in DELIVERIES["heavy"]
            first = DELIVERIES["heavy"].index(entity.object_type) if heavy else light
            light += not heavy
            choices = DELIVERIES["heavy_formats" if heavy else "light_formats"]
            for day in range(len(days)):
                name = choices[(first + day) % len(choices)]
                limit = DELIVERIES["small_only"].get(name)
                if limit and people > limit["people"]:
                    name = limit["otherwise"]
                formats[entity.object_type, system, day] = "lead pages" if entity.fixed_system else name
    return Plan(directory, days, formats)
