"""current -> identity: resolve all records, keep ids, and write every identity table."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.identity.changes import Changes
from cdp_pipeline.identity.overrides import no_overrides, read_overrides
from cdp_pipeline.identity.resolve import Choices, Resolution, resolve_persons
from cdp_pipeline.identity.rules import read_rules
from cdp_pipeline.identity.tables import PERSON_ID_HISTORY, PERSON_IDS
from cdp_pipeline.lake import Lake
from cdp_pipeline.settings import Settings
from cdp_pipeline.steps.state import current_tables


@dataclass(frozen=True)
class PersonsReport:
    """The run's people in numbers.

    Attributes:
        rows: Rows per identity table.
        people: People with a profile.
        changes: How many are new, merged, split, changed and unchanged against the run before.
        retired: Ids nobody holds any more.
        records: Current records.
        placed: Records that stand exactly once in `record_persons` or `unlinked_records`.
        unresolved_references: Records whose customer id names nobody for certain.
        blocked: Records and contacts per kind whose identifier is nobody's.
        blocked_values: How many different values that are.
        shared: Values per kind that too many people hold.
        links: Links by status.
        suggested: Pairs that probably are one person and await a person's word.
        override_problems: Lines of the overrides file that do not hold, with the reason.
        largest_cluster: Nodes of the largest person.
        cut_components: Components of links that did not hold together and were cut.
    """

    rows: dict[str, int]
    people: int
    changes: Changes
    retired: int
    records: int
    placed: int
    unresolved_references: int
    blocked: dict[str, int]
    blocked_values: int
    shared: dict[str, int]
    links: dict[str, int]
    suggested: int
    override_problems: tuple[tuple[int, str], ...]
    largest_cluster: int
    cut_components: int


def read_choices(settings: Settings) -> Choices:
    """What the user decided about identity, by settings and files.

    Raises:
        RulesError: The file of rules cannot be used; one line says why.
    """
    overrides = settings.identity_overrides
    return Choices(
        scope=settings.identity_scope,
        rules=read_rules(settings.identity_rules),
        overrides=read_overrides(overrides) if overrides else no_overrides(),
        matching=settings.probabilistic_matching,
    )


def update_persons(lake: Lake, entities: tuple[Entity, ...], choices: Choices, changed_at: datetime) -> PersonsReport:
    """Resolve persons from the current tables and write the identity layer."""
    previous = _previous(lake)
    current = current_tables(lake, entities)
    resolution = resolve_persons(current, entities, previous, choices, changed_at)
    history = resolution.person_ids.history
    rows = _write(lake, resolution, pl.concat([_history_until(lake, previous), history]))
    placed = (
        pl.concat(
            [
                lake.scan("identity", "record_persons").select("record_key"),
                lake.scan("identity", "unlinked_records").select("record_key"),
            ]
        )
        .group_by("record_key")
        .len()
        .filter(pl.col("len") == 1)
        .select(pl.len())
        .collect()
        .item()
    )
    records = sum(int(frame.select(pl.len()).collect().item()) for frame in current.values())
    blocked = resolution.identifiers.filter(pl.col("status") == "blocked")
    return PersonsReport(
        rows=rows,
        people=lake.scan("identity", "record_persons").select(pl.col("person_id").n_unique()).collect().item(),
        changes=resolution.changes,
        retired=int((history["change"] == "retired").sum()),
        records=records,
        placed=int(placed),
        unresolved_references=int(resolution.unresolved_references["records"].sum()),
        blocked=_counted(blocked, "kind"),
        blocked_values=blocked.select("kind", "value").n_unique(),
        shared=_counted(resolution.skipped_identifiers.filter(pl.col("reason") == "shared"), "kind"),
        links=_counted(resolution.links, "status"),
        suggested=resolution.suggested_links.height,
        override_problems=tuple(resolution.override_problems.select("line", "problem").iter_rows()),
        largest_cluster=resolution.largest_cluster,
        cut_components=resolution.cut_components,
    )


def preview_persons(lake: Lake, entities: tuple[Entity, ...], choices: Choices, changed_at: datetime) -> Resolution:
    """What `update_persons` would find now; nothing is written."""
    return resolve_persons(current_tables(lake, entities), entities, _previous(lake), choices, changed_at)


def _previous(lake: Lake) -> pl.DataFrame:
    """The memory of ids; empty before the first run. One of an older version lacks the records of contacts."""
    if not lake.exists("identity", "person_ids"):
        return PERSON_IDS.empty()
    kept = lake.scan("identity", "person_ids")
    if "record_key" not in kept.collect_schema().names():
        kept = kept.with_columns(record_key="node_key")
    return PERSON_IDS.conform(kept).collect()


def _counted(frame: pl.DataFrame, column: str) -> dict[str, int]:
    return dict(frame.group_by(column).len().sort(column).iter_rows())


def _history_until(lake: Lake, previous: pl.DataFrame) -> pl.DataFrame:
    """The changes up to the state before; those of a run that was interrupted before it kept its state do not count."""
    reached = previous["resolved_at"].max()
    if reached is None or not lake.exists("identity", "person_id_history"):
        return PERSON_ID_HISTORY.empty()
    return lake.scan("identity", "person_id_history").filter(pl.col("changed_at") <= reached).collect()


def _write(lake: Lake, resolution: Resolution, history: pl.DataFrame) -> dict[str, int]:
    frames: dict[str, pl.DataFrame | pl.LazyFrame] = {
        "identifiers": resolution.identifiers,
        "links": resolution.links,
        "skipped_identifiers": resolution.skipped_identifiers,
        "household_relations": resolution.household_relations,
        "suggested_links": resolution.suggested_links,
        "override_problems": resolution.override_problems,
        "record_persons": resolution.attached.record_persons,
        "unlinked_records": resolution.attached.unlinked,
        "person_id_history": history,
        # Last: as long as the memory of ids is the old one, an interrupted run is repeated as if it had not begun.
        "person_ids": resolution.person_ids.state,
    }
    lake.write_report("identity", "unresolved_references", dict(resolution.unresolved_references.iter_rows()))
    return {name: lake.write("identity", name, frame) for name, frame in frames.items()}
