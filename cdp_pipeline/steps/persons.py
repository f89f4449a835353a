"""current -> identity: resolve all records, keep ids, and write every identity table."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.identity.attach import Attached
from cdp_pipeline.identity.changes import Changes
from cdp_pipeline.identity.overrides import no_overrides, read_overrides
from cdp_pipeline.identity.renewal import Before, renew_persons
from cdp_pipeline.identity.resolve import Choices, Resolution, resolve_persons
from cdp_pipeline.identity.rules import read_rules
from cdp_pipeline.identity.tables import PERSON_ID_HISTORY, PERSON_IDS
from cdp_pipeline.lake import Lake
from cdp_pipeline.settings import Settings
from cdp_pipeline.steps.changed_records import Mark, all_touched_since, note_persons
from cdp_pipeline.steps.reports import RULES_VERSION
from cdp_pipeline.steps.state import current_tables, state_marks
from cdp_pipeline.values.distinct import all_differ

IDENTITY_TABLES = (
    "identifiers",
    "links",
    "skipped_identifiers",
    "household_relations",
    "suggested_links",
    "override_problems",
    "record_persons",
    "unlinked_records",
    "person_id_history",
    "person_ids",
)
"""The tables of the layer."""

IDENTITY_VERSION = 1
"""Raised when identity makes something else of the same records: all are then resolved anew, no file is read."""

LAYER = "identity"
"""Under this name it is kept whom the layer changed."""

_STATE = (LAYER, "state")
_UNRESOLVED = ("identity", "unresolved_references")
_NODES = ("identity_state", "nodes")
_ATTACHED = ("identity_state", "attached")


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
    """Bring the identity layer up to date with the current tables: by what changed since, or from all records.

    All are resolved where the user's choices changed, or a step before made its state anew. A run without news writes
    no table.
    """
    previous = _previous(lake)
    marks = state_marks(lake, entities)
    known = lake.read_report(*_STATE)
    as_before = known is not None and known["choices"] == _fingerprint(choices)
    touched = all_touched_since(lake, entities, known["marks"], marks) if known and as_before else None
    if known and touched is not None and not any(t.keys.height for t in touched.values()):
        # Records that were only sent again touch nobody, but what came before them is not kept for ever.
        lake.write_report(*_STATE, {**known, "marks": marks})
        return _report(lake, entities, _unchanged(previous), PERSON_ID_HISTORY.empty())
    current = current_tables(lake, entities)
    renewal = renew_persons(current, entities, _before(lake), touched, choices, changed_at) if touched else None
    mark = Mark.read(known["mark"]).next() if known and renewal else Mark.anew()
    # As long as it is missing, whatever stops us in between leads to resolving everything next time.
    lake.forget_report(*_STATE)
    earlier = _history_until(lake, previous)
    if renewal and touched:
        history, changes = renewal.history, renewal.changes
        _write(lake, renewal.tables, renewal.nodes, renewal.unresolved_references, earlier, history)
        note_persons(lake, LAYER, mark, pl.concat([renewal.persons]).unique())
    else:
        resolution = resolve_persons(current, entities, previous, choices, changed_at)
        history, changes = resolution.person_ids.history, resolution.changes
        unresolved, nodes = resolution.unresolved_references, resolution.nodes
        # Two tables are made of it, and finding every record's person takes longer than writing and reading it.
        lake.write(*_ATTACHED, resolution.attached.every)
        resolution = replace(resolution, attached=Attached(lake.scan(*_ATTACHED)))
        _write(lake, _tables(resolution), nodes, unresolved, earlier, history)
        lake.path(*_ATTACHED).unlink()
    lake.write_report(*_STATE, {"choices": _fingerprint(choices), "marks": marks, "mark": str(mark)})
    return _report(lake, entities, changes, history)


def identity_mark(lake: Lake) -> str | None:
    """The mark of the identity layer; null where it is unfinished."""
    known = lake.read_report(*_STATE)
    return str(known["mark"]) if known else None


def forget_identity_state(lake: Lake) -> None:
    """Have all records resolved next time; ids are kept."""
    lake.forget_report(*_STATE)


def _report(lake: Lake, entities: tuple[Entity, ...], changes: Changes, history: pl.DataFrame) -> PersonsReport:
    """The layer as it lies in the lake, in numbers."""
    keys = [lake.scan("identity", name).select("record_key") for name in ("record_persons", "unlinked_records")]
    identifiers = lake.scan("identity", "identifiers")
    blocked = identifiers.filter(pl.col("status") == "blocked").select("kind", "value").collect()
    shared = lake.scan("identity", "skipped_identifiers").filter(pl.col("reason") == "shared").select("kind").collect()
    nodes = lake.scan("identity", "person_ids").filter("is_present").group_by("person_id")
    people = nodes.agg(pl.len(), pl.col("is_published").any())
    largest, published = people.select(pl.col("len").max().fill_null(0), pl.col("is_published").sum()).collect().row(0)
    problems = lake.scan("identity", "override_problems").sort("line", "problem").select("line", "problem").collect()
    return PersonsReport(
        rows={name: lake.rows("identity", name) for name in IDENTITY_TABLES},
        people=published,
        changes=changes,
        retired=int((history["change"] == "retired").sum()),
        records=sum(lake.rows("current", e.name) for e in entities if lake.exists("current", e.name)),
        placed=_placed_once(pl.concat(keys)),
        unresolved_references=sum((lake.read_report(*_UNRESOLVED) or {}).values()),
        blocked=_counted(blocked, "kind"),
        blocked_values=blocked.n_unique(),
        shared=_counted(shared, "kind"),
        links=_counted(lake.scan("identity", "links").select("status").collect(), "status"),
        suggested=lake.rows("identity", "suggested_links"),
        override_problems=tuple(problems.iter_rows()),
        largest_cluster=largest,
    )


def _placed_once(keys: pl.LazyFrame) -> int:
    """How many keys there are of which each stands in one row only."""
    every = keys.collect()["record_key"]
    return every.len() if all_differ(every) else int(every.is_unique().sum())


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


def _before(lake: Lake) -> Before:
    return Before({name: lake.scan("identity", name) for name in IDENTITY_TABLES}, lake.scan(*_NODES))


def _tables(resolution: Resolution) -> dict[str, pl.LazyFrame]:
    frames: dict[str, pl.DataFrame | pl.LazyFrame] = {
        "identifiers": resolution.identifiers,
        "links": resolution.links,
        "skipped_identifiers": resolution.skipped_identifiers,
        "household_relations": resolution.household_relations,
        "suggested_links": resolution.suggested_links,
        "override_problems": resolution.override_problems,
        "record_persons": resolution.attached.record_persons,
        "unlinked_records": resolution.attached.unlinked,
        "person_ids": resolution.person_ids.state,
    }
    return {name: frame.lazy() for name, frame in frames.items()}


def _write(
    lake: Lake,
    tables: dict[str, pl.LazyFrame],
    nodes: pl.DataFrame,
    unresolved: pl.DataFrame,
    earlier: pl.DataFrame,
    history: pl.DataFrame,
) -> None:
    lake.write_report(*_UNRESOLVED, dict(unresolved.iter_rows()))
    lake.write(*_NODES, nodes)
    lake.write("identity", "person_id_history", pl.concat([earlier, history]))
    for name in IDENTITY_TABLES:
        # Last: as long as the memory of ids is the old one, an interrupted run is repeated as if it had not begun.
        if name not in ("person_id_history", "person_ids"):
            lake.write("identity", name, tables[name])
    lake.write("identity", "person_ids", tables["person_ids"])


def _unchanged(previous: pl.DataFrame) -> Changes:
    people = previous.filter(pl.col("is_present") & pl.col("is_published"))["person_id"].n_unique()
    return Changes(new=0, merged=0, split=0, changed=0, unchanged=people, gone=0, before=people)


def _fingerprint(choices: Choices) -> str:
    """What a run's result depends on beside the records; the versions stand for the code."""
    said, problems = choices.overrides.said.rows(), choices.overrides.problems.rows()
    told = repr((RULES_VERSION, IDENTITY_VERSION, choices.scope, choices.matching, choices.rules, said, problems))
    return hashlib.sha256(told.encode()).hexdigest()
