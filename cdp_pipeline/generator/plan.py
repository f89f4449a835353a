"""Which file holds which rows: one per entity and delivery day, three for customer identities, in rotating formats."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cdp_pipeline.entities.registry import BY_OBJECT_TYPE, ENTITIES
from cdp_pipeline.generator.table_files import (
    Delimited,
    Maker,
    ParquetParts,
    SemicolonSeparated,
    TabSeparated,
    WideText,
    Workbook,
)
from cdp_pipeline.generator.text_files import EnvelopeFiles, Envelopes, JsonArray, JsonLines, LeadPages, RowFile

FORMATS: Mapping[str, tuple[str, Maker]] = {
    "ndjson": (".ndjson", JsonLines),
    "jsonl.gz": (".jsonl.gz", JsonLines),
    "ndjson.zst": (".ndjson.zst", JsonLines),
    "envelopes": (".ndjson", Envelopes),
    "envelope files": (".json", EnvelopeFiles),
    "json": (".json", JsonArray),
    "csv": (".csv", Delimited),
    "csv.gz": (".csv.gz", SemicolonSeparated),
    "csv in UTF-16": (".csv", WideText),
    "tsv": (".tsv", TabSeparated),
    "parquet": (".parquet", ParquetParts),
    "xlsx": (".xlsx", Workbook),
    "lead pages": (".json", LeadPages),
}
"""Every format by the name used here: its ending and what writes it."""

MANY = ("jsonl.gz", "parquet", "ndjson.zst", "csv", "envelopes", "ndjson", "tsv")
"""Formats of the entities with most rows, in the order of the days."""

FEW = (
    *("csv", "envelopes", "json", "xlsx", "ndjson"),
    *("parquet", "tsv", "envelope files", "csv.gz", "csv in UTF-16"),
)
"""Formats of the others."""

HEAVY = ("customer-product-activity", "email-interaction", "sms-interaction")
SMALL_ONLY = {"xlsx": (20_000, "csv"), "envelope files": (2_000, "envelopes")}
"""Formats for small files: up to how many people a data set has them, and what a larger one has in their place."""


SYSTEMS = ("CRM", "POS", "Website")
"""Each sends customer identities in files of its own."""


@dataclass(frozen=True)
class Plan:
    """The files of a data set.

    Attributes:
        directory: The raw folder.
        days: The delivery days.
        formats: The format by object type, system (empty for files of all systems) and number of the day.
    """

    directory: Path
    days: tuple[date, ...]
    formats: Mapping[tuple[str, str, int], str]

    @staticmethod
    def system_of(object_type: str, system: str) -> str:
        """The system in whose file a row stands: its own for customer identities, none for others."""
        return system if object_type == "customer-identity" else ""

    def takes_two(self, object_type: str, system: str, day: int) -> bool:
        """Whether a record may arrive twice on that day.

        Not in envelopes of entities that honour `ignoredUpdateCfs`: what a second arrival may change would depend on
        which of the two came first.
        """
        format_name = self.formats[object_type, self.system_of(object_type, system), day]
        return "envelope" not in format_name or not BY_OBJECT_TYPE[object_type].supports_ignored_update_cfs

    def open(self, object_type: str, system: str, day: int, path: str = "{date}/{name}") -> RowFile:
        """Begin the file of an entity, system and day; `path` is relative to the entity's folder, without ending."""
        ending, maker = FORMATS[self.formats[object_type, system, day]]
        name = f"{object_type}-{system.lower()}" if system else object_type
        stem = self.directory / object_type / path.format(date=self.days[day].isoformat(), name=name)
        return maker(stem, ending, BY_OBJECT_TYPE[object_type])


def rotating_plan(directory: Path, days: tuple[date, ...], people: int) -> Plan:
    """A plan in which every entity changes its format from day to day and the first day sees them all."""
    formats: dict[tuple[str, str, int], str] = {}
    light = 0
    for entity in ENTITIES:
        object_type = entity.object_type
        for system in SYSTEMS if object_type == "customer-identity" else ("",):
            heavy = object_type in HEAVY
            first = HEAVY.index(object_type) if heavy else light
            light += not heavy
            for day in range(len(days)):
                choices = MANY if heavy else FEW
                name = choices[(first + day) % len(choices)]
                most, otherwise = SMALL_ONLY.get(name, (people, name))
                if people > most:
                    name = otherwise
                formats[object_type, system, day] = "lead pages" if entity.fixed_system else name
    return Plan(directory, days, formats)
