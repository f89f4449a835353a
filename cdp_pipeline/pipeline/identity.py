"""current -> identity: resolve all records, keep ids, and write every identity table."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from cdp_pipeline.backend import ONE_MACHINE, Backend, Workspace
from cdp_pipeline.deliveries import RULES_VERSION, suppressions_of
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.identity import (
    IDENTITY_TABLES,
    PERSON_ID_HISTORY,
    PERSON_IDS,
    RECORD_PERSONS,
    SKIPPED_IDENTIFIERS,
    Choices,
    Resolution,
    resolve_persons,
)
from cdp_pipeline.identity.configuration import (
    named_records,
    no_overrides,
    read_overrides,
    read_rules,
    with_traits,
    without_records,
)
from cdp_pipeline.identity.matching import EXPECTED, Matching, Model, model_of
from cdp_pipeline.identity.persons import NO_CHANGES, Changes, bury_expired
from cdp_pipeline.pipeline.current import current_tables, custom_fields_of, state_tokens, versions_token
from cdp_pipeline.pipeline.layer import content_token
from cdp_pipeline.privacy import suppressed_keys
from cdp_pipeline.settings import Settings
from cdp_pipeline.store import Lake, disk_errors, scratch_folder
from cdp_pipeline.values.hashes import all_differ

IDENTITY_VERSION = 7
"""Raised when identity gives another result for the same records: all are resolved again, no file is read."""

IDS, IDS_BEFORE = ("identity", PERSON_IDS.name), ("identity", f"{PERSON_IDS.name}_before")
"""The memory of ids, and that of before it was last written, under a further name of the same file."""

EXPIRED_RECORDS = ("retention", "expired")
"""The records that are to leave the memory of ids, as their retention ended."""

OF_RECORD = "record:"
"""Begins the node of a contact's record that was restored from the database; it goes when its contact has the id."""

_STATE = ("identity", "state")
_UNRESOLVED = ("identity", "unresolved_references")
_MODEL = ("identity", "model")


@dataclass(frozen=True)
class PersonsReport:
    """The counts of one resolution.

    Attributes:
        rows: Rows per identity table.
        people: People with a profile.
        changes: How many are new, merged, split, changed and unchanged against the run before.
        retired: Ids that no person holds any more.
        expired: People who lost their profile because the retention of their records ended.
        records: Current records.
        placed: Records that stand exactly once in `record_persons` or `unlinked_records`.
        unresolved_references: Records whose customer id does not resolve.
        blocked: Records and contacts per kind whose identifier is a placeholder.
        blocked_values: Distinct placeholder values.
        shared: Values per kind that too many people hold.
        links: Links by status.
        override_problems: Lines of the overrides file that do not hold, with the reason.
        largest_cluster: Nodes of the largest person.
        matching: The figures of the model for the run.
    """

    rows: dict[str, int]
    people: int
    changes: Changes
    retired: int
    expired: int
    records: int
    placed: int
    unresolved_references: int
    blocked: dict[str, int]
    blocked_values: int
    shared: dict[str, int]
    links: dict[str, int]
    override_problems: tuple[tuple[int, str], ...]
    largest_cluster: int
    matching: "MatchingReport"


@dataclass(frozen=True)
class MatchingReport:
    """The weights of agreement, and the errors that the model expects.

    Attributes:
        model: The model of the newest run, or of a training since; None if no two records had to be compared.
        is_kept: Whether runs use it unchanged, until it is trained again or records have outgrown it. A model is kept
            once it was trained on so much that it is steady; before that, every run trains on all its records.
        expected: By threshold what the model expects, see `Probable`; those of the run it was last used in.
    """

    model: Model | None
    is_kept: bool
    expected: pl.DataFrame

    def at(self, threshold: float) -> dict[str, float]:
        """Pairs, expected precision and recall at a threshold; without those that are not known."""
        found = self.expected.filter(pl.col("threshold") == threshold).drop("threshold")
        return {name: value for row in found.iter_rows(named=True) for name, value in row.items() if value is not None}


def read_choices(settings: Settings) -> Choices:
    """The decisions of the user about identity, from settings and files, without those about erased persons.

    Raises:
        ConfigurationError: The file of rules cannot be used; one line with the reason.
        PrivacyError: The list of erased persons or its key cannot be read.
    """
    file = settings.identity_overrides
    overrides = read_overrides(file) if file else no_overrides()
    if file and (suppressions := suppressions_of(settings)):
        # What comes of the lines is kept in the lake, which holds no key of an erased person's record.
        overrides = without_records(overrides, suppressed_keys(named_records(overrides), suppressions))
    return Choices(
        scope=settings.identity_scope,
        rules=read_rules(settings.identity_rules),
        overrides=overrides,
        merge_probability=settings.merge_probability,
        suggest_probability=settings.suggest_probability,
    )


def update_persons(
    lake: Lake,
    entities: tuple[Entity, ...],
    choices: Choices,
    changed_at: datetime,
    backend: Backend = ONE_MACHINE,
) -> PersonsReport:
    """Bring the identity layer up to date: resolve all current records, unless nothing it is made of has changed.

    It is made of the user's choices, the code, the kept model and the content of the current tables. A run without
    changes writes nothing. Which backend made it does not matter: all make the same.
    """
    previous = _previous(lake)
    choices = with_kept_model(lake, choices)
    made_of = {"choices": _fingerprint(choices), "current": state_tokens(lake, entities)}
    if traits := choices.rules.traits:
        # Custom fields are no part of what current tables say.
        made_of["traits"] = {e.name: versions_token(lake, e) for e in entities if e.object_type in traits}
    known = lake.read_report(*_STATE)
    are_there = all(lake.exists("identity", table.name) for table in IDENTITY_TABLES)
    are_there = are_there and lake.read_report(*_MODEL) is not None
    if known and {name: known.get(name) for name in made_of} == made_of and are_there:
        _clear_expired(lake)
        return _report(lake, entities, _unchanged(previous), retired=0, expired=0)
    # Delete the state first: whatever stops the run before it is written again leads to resolving everything next time.
    lake.clear_report(*_STATE)
    earlier = _history_until(lake, previous)
    reached = _reached(previous)
    if isinstance(reached, datetime) and changed_at <= reached:
        # The clock was set back: changes later than the memory of ids would be taken for those of a killed run.
        changed_at = reached + timedelta(milliseconds=1)
    with resolving(lake, backend) as work:
        resolution = resolve_persons(
            work, records_to_resolve(lake, entities, choices), entities, previous, choices, changed_at
        )
        resolution, expired = _without_expired(lake, resolution)
        _write(lake, resolution, earlier)
    write_matching(lake, resolution.matching)
    # Of a model that was trained by this run and is kept, the next one makes the same.
    made_of["choices"] = _fingerprint(with_kept_model(lake, choices))
    contents = _contents(lake)
    # An id that was given must not be lost, whatever else is.
    lake.settle()
    lake.write_report(*_STATE, {**made_of, **contents})
    _clear_expired(lake)
    history = lake.scan("identity", PERSON_ID_HISTORY.name).filter(pl.col("changed_at") >= changed_at)
    retired = history.filter(pl.col("change") == "retired").select(pl.len()).collect().item()
    return _report(lake, entities, resolution.changes, retired, expired)


def records_to_resolve(lake: Lake, entities: tuple[Entity, ...], choices: Choices) -> dict[str, pl.LazyFrame]:
    """The current tables by entity name, with the traits that are declared as custom fields."""
    current: dict[str, pl.LazyFrame] = dict(current_tables(lake, entities))
    for entity in entities:
        if declared := choices.rules.traits.get(entity.object_type):
            current[entity.name] = with_traits(current[entity.name], custom_fields_of(lake, entity), declared)
    return current


def with_kept_model(lake: Lake, choices: Choices) -> Choices:
    """The choices with the model that is kept in the lake; without one where none is."""
    known = read_matching(lake)
    return replace(choices, model=known.model if known.is_kept else None)


def read_matching(lake: Lake) -> MatchingReport:
    """What is known of the model in force; one that is of other attributes or levels than are compared now is none."""
    known = lake.read_report(*_MODEL) or {}
    model = model_of(known["model"]) if known.get("model") else None
    expected = pl.DataFrame(known.get("expected", []), schema=EXPECTED, orient="row")
    return MatchingReport(model, model is not None and model.is_steady, expected)


def write_matching(lake: Lake, matching: Matching) -> None:
    """Remember the model, which is kept from now on where it is steady, and what it expects."""
    model = matching.model.report() if matching.model else None
    expected = [list(row) for row in matching.expected.iter_rows()]
    lake.write_report(*_MODEL, {"model": model, "expected": expected})


def persons_token(lake: Lake, entities: tuple[Entity, ...]) -> str:
    """A text that changes exactly with the persons of these entities' records and the content of the records.

    Empty while identity is unfinished, or not that of the current tables as they are.
    """
    known = _finished(lake)
    return "-".join(known["persons"].get(entity.object_type, "0") for entity in entities) if known else ""


def skipped_token(lake: Lake) -> str:
    """The same for the identifiers that are not used as links."""
    known = _finished(lake)
    return str(known["skipped"]) if known else ""


def _finished(lake: Lake) -> dict[str, Any] | None:
    known = lake.read_report(*_STATE)
    return known if known and known["current"] == state_tokens(lake, ENTITIES) else None


def _contents(lake: Lake) -> dict[str, Any]:
    """The tokens of the tables that others are made of, whatever the order of their rows."""
    persons = lake.scan("identity", RECORD_PERSONS.name).group_by("object_type").agg(content_token())
    skipped = lake.scan("identity", SKIPPED_IDENTIFIERS.name).select(content_token())
    of_persons, of_skipped = pl.collect_all([persons, skipped])
    return {"persons": dict(of_persons.iter_rows()), "skipped": of_skipped.item()}


def clear_identity_state(lake: Lake) -> None:
    """Have all records resolved next time; ids and the model are kept."""
    lake.clear_report(*_STATE)


def are_ids_given(lake: Lake) -> bool:
    """Whether a run has finished giving ids, so that a memory of them must be there; not where the layer is gone."""
    is_there = any(lake.exists("identity", table.name) for table in IDENTITY_TABLES)
    return lake.exists(*IDS_BEFORE) or (is_there and lake.has_report(*_STATE))


def _report(lake: Lake, entities: tuple[Entity, ...], changes: Changes, retired: int, expired: int) -> PersonsReport:
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
        rows={table.name: lake.rows("identity", table.name) for table in IDENTITY_TABLES},
        people=published,
        changes=changes,
        retired=retired,
        expired=expired,
        records=sum(lake.rows("current", e.name) for e in entities if lake.exists("current", e.name)),
        placed=_placed_once(pl.concat(keys)),
        unresolved_references=sum((lake.read_report(*_UNRESOLVED) or {}).values()),
        blocked=_counted(blocked, "kind"),
        blocked_values=blocked.n_unique(),
        shared=_counted(shared, "kind"),
        links=_counted(lake.scan("identity", "links").select("status").collect(), "status"),
        override_problems=tuple(problems.iter_rows()),
        largest_cluster=largest,
        matching=read_matching(lake),
    )


def _placed_once(keys: pl.LazyFrame) -> int:
    """The number of keys with exactly one row."""
    every = keys.collect()["record_key"]
    return every.len() if all_differ(every) else int(every.is_unique().sum())


@contextmanager
def resolving(lake: Lake, backend: Backend = ONE_MACHINE) -> Iterator[Workspace]:
    """A workspace beside the tables of the lake, which is gone at the end."""
    lake.check_writable()
    with disk_errors(lake.root), scratch_folder(lake) as folder:
        yield Workspace(folder, backend)


def preview_persons(
    lake: Lake, work: Workspace, entities: tuple[Entity, ...], choices: Choices, changed_at: datetime
) -> Resolution:
    """What `update_persons` would find now; nothing is written into the lake."""
    choices = with_kept_model(lake, choices)
    current = records_to_resolve(lake, entities, choices)
    return resolve_persons(work, current, entities, _previous(lake), choices, changed_at)


def _previous(lake: Lake) -> pl.LazyFrame:
    """The memory of ids; empty before the first run. One of an older version lacks the records of contacts."""
    if not lake.exists("identity", PERSON_IDS.name):
        return PERSON_IDS.empty().lazy()
    kept = lake.scan("identity", PERSON_IDS.name)
    if "record_key" not in kept.collect_schema().names():
        kept = kept.with_columns(record_key="node_key")
    return PERSON_IDS.conform(kept)


def _reached(previous: pl.LazyFrame) -> datetime | None:
    """When the state before was reached; None before the first run."""
    reached: datetime | None = previous.select(pl.col("resolved_at").max()).collect().item()
    return reached


def _counted(frame: pl.DataFrame, column: str) -> dict[str, int]:
    return dict(frame.group_by(column).len().sort(column).iter_rows())


def _history_until(lake: Lake, previous: pl.LazyFrame) -> pl.LazyFrame:
    """The changes up to the state before; those of a run that was interrupted before it kept its state do not count."""
    reached = _reached(previous)
    if reached is None or not lake.exists("identity", "person_id_history"):
        return PERSON_ID_HISTORY.empty().lazy()
    history = lake.scan("identity", PERSON_ID_HISTORY.name).filter(pl.col("changed_at") <= reached)
    # Read now, as the table is about to be replaced.
    return history.collect().lazy()


def _write(lake: Lake, resolution: Resolution, earlier: pl.LazyFrame) -> None:
    """Write every table of the layer, the memory of ids last.

    As long as that is the old one, an interrupted run is repeated as if it had not begun.
    """
    lake.write_report(*_UNRESOLVED, dict(resolution.unresolved_references.iter_rows()))
    history = pl.concat([earlier, resolution.person_id_history])
    tables = {
        PERSON_ID_HISTORY.name: history.sort("changed_at", *PERSON_ID_HISTORY.key[:-1]),
        **{t.name: getattr(resolution, t.name) for t in IDENTITY_TABLES if t not in (PERSON_ID_HISTORY, PERSON_IDS)},
        PERSON_IDS.name: resolution.person_ids.filter(~pl.col("node_key").str.starts_with(OF_RECORD)),
    }
    for name, rows in tables.items():
        if name == PERSON_IDS.name and lake.exists(*IDS):
            lake.link(lake.path(*IDS), *IDS_BEFORE)
        lake.write("identity", name, rows)


def _without_expired(lake: Lake, resolution: Resolution) -> tuple[Resolution, int]:
    """The resolution without the records whose retention ended, and how many people are gone by that."""
    if not lake.exists(*EXPIRED_RECORDS):
        return resolution, 0
    ids, history, expired = bury_expired(
        resolution.person_ids,
        resolution.person_id_history.collect(),
        lake.scan(*EXPIRED_RECORDS).collect()["record_key"],
    )
    return replace(resolution, person_ids=ids, person_id_history=history.lazy()), expired


def _clear_expired(lake: Lake) -> None:
    """Remove the list of these records, and their keys from the memory before."""
    if lake.exists(*EXPIRED_RECORDS):
        lake.link(lake.path(*IDS), *IDS_BEFORE)
        lake.path(*EXPIRED_RECORDS).unlink()


def _unchanged(previous: pl.LazyFrame) -> Changes:
    present = previous.filter(pl.col("is_present") & pl.col("is_published"))
    people = present.select(pl.col("person_id").n_unique()).collect().item()
    return replace(NO_CHANGES, unchanged=people, before=people)


def _fingerprint(choices: Choices) -> str:
    """What a run's result depends on beside the records; the versions stand for the code."""
    decisions, problems = choices.overrides.decisions.rows(), choices.overrides.problems.rows()
    versions = (RULES_VERSION, IDENTITY_VERSION, pl.__version__)
    probabilities = (choices.merge_probability, choices.suggest_probability)
    model = json.dumps(choices.model.report(), sort_keys=True) if choices.model else None
    inputs = repr((versions, choices.scope, probabilities, choices.rules, decisions, problems, model))
    return hashlib.sha256(inputs.encode()).hexdigest()
