"""current -> identity: resolve all records, keep ids, and write every identity table."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.identity.resolve import Resolution, resolve_persons
from cdp_pipeline.identity.tables import PERSON_ID_HISTORY, PERSON_IDS
from cdp_pipeline.lake import Lake
from cdp_pipeline.steps.state import current_tables


@dataclass(frozen=True)
class PersonsReport:
    """The run's people in numbers.

    Attributes:
        rows: Rows per identity table.
        people: People with a profile.
        merged: Ids that were joined into another in this run.
        split: Ids of which a part became another person.
        retired: Ids nobody holds any more.
        records: Current records.
        placed: Records that stand exactly once in `record_persons` or `unlinked_records`.
        unresolved_references: Records whose customer id names nobody for certain.
        blocked: Identifiers whose value is nobody's.
        largest_cluster: Nodes of the largest person.
    """

    rows: dict[str, int]
    people: int
    merged: int
    split: int
    retired: int
    records: int
    placed: int
    unresolved_references: int
    blocked: int
    largest_cluster: int


def update_persons(lake: Lake, entities: tuple[Entity, ...], scope: str, changed_at: datetime) -> PersonsReport:
    """Resolve persons from the current tables and write the identity layer."""
    previous = (
        lake.scan("identity", "person_ids").collect() if lake.exists("identity", "person_ids") else PERSON_IDS.empty()
    )
    current = current_tables(lake, entities)
    resolution = resolve_persons(current, entities, previous, scope, changed_at)
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
    change = history["change"]
    return PersonsReport(
        rows=rows,
        people=lake.scan("identity", "record_persons").select(pl.col("person_id").n_unique()).collect().item(),
        merged=int((change == "merged").sum()),
        split=int((change == "split").sum()),
        retired=int((change == "retired").sum()),
        records=records,
        placed=int(placed),
        unresolved_references=int(resolution.unresolved_references["records"].sum()),
        blocked=resolution.identifiers.filter(pl.col("status") == "blocked").height,
        largest_cluster=resolution.largest_cluster,
    )


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
        "shared_identifiers": resolution.shared_identifiers,
        "record_persons": resolution.attached.record_persons,
        "unlinked_records": resolution.attached.unlinked,
        "person_id_history": history,
        # Last: as long as the memory of ids is the old one, an interrupted run is repeated as if it had not begun.
        "person_ids": resolution.person_ids.state,
    }
    lake.write_report("identity", "unresolved_references", dict(resolution.unresolved_references.iter_rows()))
    return {name: lake.write("identity", name, frame) for name, frame in frames.items()}
