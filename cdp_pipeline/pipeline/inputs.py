"""The inputs of the builder of a layer: frames of the lake, of all people or of some."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.current import CUSTOM_FIELDS, CurrentRecords, CustomFields, Records, current_table
from cdp_pipeline.deliveries import lead_scans, refused_leads
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import BY_NAME, ENTITIES
from cdp_pipeline.entities.table import M_co, Table
from cdp_pipeline.identity import RECORD_PERSONS, SKIPPED_IDENTIFIERS, RecordPersons, SkippedIdentifiers
from cdp_pipeline.pipeline.current import current_tables, newest_drop_date
from cdp_pipeline.profiles.golden import ATTRIBUTES, CORRECTIONS, Attribute, Corrections
from cdp_pipeline.profiles.leads import LeadScans, RefusedLeads
from cdp_pipeline.staging import StagedRows, staging_table
from cdp_pipeline.store import Lake


@dataclass(frozen=True)
class Chosen:
    """What a user chose that decides rows of people.

    Attributes:
        currency: The currency of every price.
        attributes: How golden values are chosen.
    """

    currency: str
    attributes: tuple[Attribute, ...] = ATTRIBUTES


@dataclass(frozen=True)
class Inputs:
    """The frames that a layer reads, and no others.

    Attributes:
        lake: Where they lie.
        chosen: What a user chose.
        reads: The names of what may be read, see `Layer.reads`.
        whose: A condition on `person_id` that filters records and rows; None for all people.

    Raises:
        KeyError: A builder asks for something that its layer does not declare.
    """

    lake: Lake
    chosen: Chosen
    reads: tuple[str, ...]
    whose: pl.Expr | None = None

    @cached_property
    def records(self) -> Records:
        """The current records of the declared entities, by entity name."""
        # They must not know these inputs: in a circle the frames of every bucket would stay in memory.
        return _Records(self.lake, self.reads, None if self.whose is None else self.persons)

    @cached_property
    def persons(self) -> LazyFrame[RecordPersons]:
        """The person of each record."""
        persons = self.lake.scan(*_declared(self.reads, f"identity/{RECORD_PERSONS.name}"))
        return RECORD_PERSONS.named(persons if self.whose is None else self._narrowed(persons).collect().lazy())

    @property
    def skipped(self) -> LazyFrame[SkippedIdentifiers]:
        """Identifiers that are not used as links: too many people hold them, or they are placeholders."""
        skipped = self.lake.scan(*_declared(self.reads, f"identity/{SKIPPED_IDENTIFIERS.name}"))
        return SKIPPED_IDENTIFIERS.named(skipped)

    @property
    def custom_fields(self) -> LazyFrame[CustomFields]:
        """The custom fields of all entities' records."""
        return CUSTOM_FIELDS.named(self.lake.scan(*_declared(self.reads, f"current/{CUSTOM_FIELDS.name}")))

    @property
    def corrections(self) -> LazyFrame[Corrections]:
        """The corrections in force, of all people."""
        place = _declared(self.reads, f"privacy/{CORRECTIONS.name}")
        return CORRECTIONS.named(self.lake.scan(*place) if self.lake.exists(*place) else CORRECTIONS.empty().lazy())

    @cached_property
    def as_of(self) -> date:
        """The date that summaries and periods refer to: the newest drop date; long ago where there is none."""
        return newest_drop_date(self.lake, ENTITIES) or date.min

    def rows(self, table: Table[M_co]) -> LazyFrame[M_co]:
        """The rows of a layer that stands before this one."""
        return table.named(self._narrowed(self.lake.scan(*_declared(self.reads, f"profiles/{table.name}"))))

    def versions(self, entity: Entity) -> LazyFrame[StagedRows]:
        """All staged versions of the entity's records."""
        _declared(self.reads, f"versions/{entity.name}")
        table = staging_table(entity)
        return table.named(self.lake.scan_days("staging", entity.name, table.schema))

    def lead_lists(self, entity: Entity) -> tuple[LazyFrame[LeadScans], LazyFrame[RefusedLeads]]:
        """On which days whose list of leads came whole, and the refused leads."""
        _declared(self.reads, f"rejected/{entity.name}")
        return lead_scans(self.lake), refused_leads(self.lake)

    def _narrowed(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows if self.whose is None else rows.filter(self.whose)


class _Records(Mapping[str, LazyFrame[CurrentRecords]]):
    """The current records of the declared entities: all, or those of the people."""

    def __init__(self, lake: Lake, reads: tuple[str, ...], persons: LazyFrame[RecordPersons] | None) -> None:
        self._lake = lake
        self._reads = reads
        self._persons = persons
        self._frames: dict[str, LazyFrame[CurrentRecords]] = {}

    def __getitem__(self, name: str) -> LazyFrame[CurrentRecords]:
        # A builder asks for an entity as often as it has identifiers; its people's keys are looked up once.
        if name not in self._frames:
            self._frames[name] = self._read(name)
        return self._frames[name]

    def _read(self, name: str) -> LazyFrame[CurrentRecords]:
        _declared(self._reads, f"current/{name}")
        every = current_tables(self._lake, (BY_NAME[name],))[name]
        if self._persons is None:
            return every
        own = self._persons.filter(pl.col("object_type") == BY_NAME[name].object_type).select("record_key")
        # A filter by known keys reads a file several times faster than a join.
        narrowed = every.filter(pl.col("record_key").is_in(own.collect()["record_key"].implode()))
        return current_table(BY_NAME[name]).named(narrowed)

    def __iter__(self) -> Iterator[str]:
        return (read.removeprefix("current/") for read in self._reads if read.startswith("current/"))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _declared(reads: tuple[str, ...], name: str) -> tuple[str, str]:
    """Group and table of something that is read.

    Raises:
        KeyError: The layer does not declare that it reads it.
    """
    if name not in reads:
        raise KeyError(f"{name} is read, but the layer declares only {', '.join(reads)}; add it in layers.py.")
    group, _, table = name.partition("/")
    return group, table
