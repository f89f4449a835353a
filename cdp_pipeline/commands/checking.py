"""`cdp check-file`: reads one file as a run would read it and prints the result; nothing is stored.

For the first file of a new sender: which rows would be rejected and why, which columns are unknown, a sample of the
rows as they are read, and the draft of a mapping where headers name no field.
"""

import json
import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from cdp_pipeline.commands.cells import as_text
from cdp_pipeline.commands.printing import print_command, print_text, print_verbatim, printable
from cdp_pipeline.deliveries import bounds_of, hide_values, limits_of, staging_context_of
from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest import (
    EVERY_HEADER,
    MAPPED,
    Bounds,
    Draft,
    RawFile,
    ReaderCrashedError,
    SourceMapping,
    cells_of,
    draft_mapping,
    read_files_apart,
    read_mapping,
    read_mappings,
)
from cdp_pipeline.settings import Settings
from cdp_pipeline.staging import StagingContext, stage_rows, staging_table
from cdp_pipeline.validation import Limits, masked, validate_batch
from cdp_pipeline.values.display_text import count_of, visible
from cdp_pipeline.values.mask import mask_contacts

MOST_ROWS = 3
"""Accepted rows that are shown."""

MOST_REJECTED = 10
"""Rejected rows that are shown."""

_WIDE = 100
"""Columns of a terminal in which so many rows stand beside each other without breaking their cells."""

_DRIFT = "drift:"

_DRAFT_FILE = "mine.toml"
"""The name that the printed commands give to a new mapping."""

_SAMPLE_ROWS = 1_000
"""Rows that are read for the draft of a mapping."""


def check_file(settings: Settings, path: Path, entity: Entity, mapping: str | None, out: Console) -> int:
    """Print what a run would make of a file; returns the exit status.

    Args:
        settings: Region, hours and mappings as a run has them.
        path: The file, wherever it lies.
        entity: Whose rows it holds.
        mapping: The one mapping to read it by: a TOML file's path or a mapping's name; otherwise all are tried.
        out: Where the result goes.

    Returns:
        0 when all rows would be accepted, 1 when one would be rejected or there is none.
    """
    today = datetime.now(UTC)
    mappings = read_mapping(mapping, settings.mappings) if mapping else read_mappings(settings.mappings)
    limits, context = limits_of(settings, today), staging_context_of(settings, today.date())
    file = RawFile(entity.object_type, today.date(), path, path.name, 0, 0)

    def read_by(file: RawFile) -> _Seen:
        return _read(file, entity, mappings.of(entity), bounds_of(settings), limits, context)

    draft = None
    with out.status(f"Reading {printable(mask_contacts(path.name))}"):
        try:
            seen = read_by(file)
            if not any(finding.startswith(MAPPED) for finding in seen.findings):
                draft = _draft(file, entity, mappings.of(entity), settings)
        except ReaderCrashedError as crash:
            seen = read_by(*crash.with_problems([file]))
    used = [finding.removeprefix(MAPPED) for finding in seen.findings if finding.startswith(MAPPED)]
    by = f" by the mapping {visible(', '.join(used))}" if used else ""
    print_text(
        out,
        f"{visible(mask_contacts(path.name))} as {entity.object_type}{by}: {count_of(seen.read, 'row')} read, "
        f"{seen.accepted:,} would be accepted, {seen.read - seen.accepted:,} rejected. Nothing was stored.",
    )
    _print_rejected(seen.rules, pl.concat(seen.rejected).head(MOST_REJECTED), seen.read - seen.accepted, out)
    _print_unknown(seen.findings, entity, used, out)
    _print_findings(seen.findings, out)
    _print_rows(pl.concat(seen.shown).head(MOST_ROWS), entity, out)
    if draft and draft.is_needed:
        _print_draft(draft, path, entity, out)
    return 0 if seen.accepted == seen.read and seen.read else 1


@dataclass
class _Seen:
    """What was read of a file: counts, and the first rows of each batch."""

    read: int = 0
    accepted: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    rejected: list[pl.DataFrame] = field(default_factory=list)
    shown: list[pl.DataFrame] = field(default_factory=list)


def _read(
    file: RawFile,
    entity: Entity,
    mappings: Sequence[SourceMapping],
    bounds: Bounds,
    limits: Limits,
    context: StagingContext,
) -> _Seen:
    seen = _Seen()
    for batch in read_files_apart([file], entity, mappings=mappings, bounds=bounds):
        validated = validate_batch(batch, entity, limits)
        staged = stage_rows(validated.accepted, entity, context)
        seen.read += batch.read
        seen.accepted += validated.accepted.height
        seen.rules.update(dict(validated.rejected["rules"].explode().value_counts().iter_rows()))
        rows = staging_table(entity).named(staged.rows.lazy())
        seen.findings += hide_values(validated.findings, rows, entity) + staged.findings
        seen.rejected.append(validated.rejected.head(MOST_REJECTED))
        seen.shown.append(validated.accepted.head(MOST_ROWS))
    return seen


def _print_rejected(rules: Counter[str], first: pl.DataFrame, count: int, out: Console) -> None:
    if not count:
        return
    print_text(out, "Why rows would be rejected:")
    reasons = Table("rule", "rows")
    for rule, rows in sorted(rules.items(), key=lambda item: (-item[1], item[0])):
        reasons.add_row(printable(rule), f"{rows:,}")
    out.print(reasons)
    if count > first.height:
        print_text(out, f"The first {first.height} of them:")
    for row in first.iter_rows(named=True):
        indented = row["message"].replace("\n", "\n    ")
        print_text(out, f"  row {row['source_row']}: {indented}")
    print_text(out, "Correct them in the file before you deliver it.")


def _draft(file: RawFile, entity: Entity, mappings: Sequence[SourceMapping], settings: Settings) -> Draft | None:
    """The draft of a mapping for a table that no mapping explains; None for other files."""
    first = next(
        read_files_apart([file], entity, _SAMPLE_ROWS, mappings=[EVERY_HEADER], bounds=bounds_of(settings)), None
    )
    if first is None or not first.headers:
        return None
    return draft_mapping(first.headers, cells_of(first), entity, mappings, settings.default_region)


def _print_draft(draft: Draft, path: Path, entity: Entity, out: Console) -> None:
    print_text(
        out,
        f"\nA mapping defines which header means which field. Put these lines into {_DRAFT_FILE} and complete them: "
        "remove the # before a line whose field is right, write the right field where it is not, and fill in the "
        "constants.\n",
    )
    print_verbatim(out, draft.lines)
    print_text(out, "\nThen try it; nothing is stored:")
    called = f"check-file {shlex.quote(str(path))} --entity {entity.object_type}"
    print_command(out, f"{called} --mapping {_DRAFT_FILE}", "the file as this mapping reads it")
    print_command(out, f"check-file --entity {entity.object_type}", "all fields that a header can mean")
    print_text(out, "When it is right, move it to the folder of CDP_MAPPINGS; see docs/files.md.")


def _print_unknown(findings: Counter[str], entity: Entity, used: Sequence[str], out: Console) -> None:
    unknown = {rule.removeprefix(_DRIFT): rows for rule, rows in sorted(findings.items()) if rule.startswith(_DRIFT)}
    if not unknown:
        return
    print_text(
        out,
        f"Columns that mean no field of {entity.object_type}; they are kept with their rows as `extra`. "
        + (
            f"The mapping {visible(', '.join(used))} can name their fields below [{entity.object_type}.fields]:"
            if used
            else "A mapping can name their fields:"
        ),
    )
    for name, rows in unknown.items():
        print_text(out, f"  {visible(name)} ({count_of(rows, 'row')})")


def _print_findings(findings: Counter[str], out: Console) -> None:
    noted = {rule: rows for rule, rows in sorted(findings.items()) if not rule.startswith((_DRIFT, MAPPED))}
    if not noted:
        return
    print_text(out, "Unusual, but no reason to reject a row:")
    table = Table("finding", "rows")
    for rule, rows in noted.items():
        table.add_row(printable(rule), f"{rows:,}")
    out.print(table)


def _print_rows(accepted: pl.DataFrame, entity: Entity, out: Console) -> None:
    """The first accepted rows field by field, as a table of many columns fits no terminal; personal cells masked."""
    if accepted.is_empty():
        return
    print_text(out, "The first rows as they would be read, personal data masked:")
    accepted = accepted.head(MOST_ROWS if out.width >= _WIDE else MOST_ROWS - 1)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("field", no_wrap=True)
    for row in accepted["source_row"]:
        table.add_column(f"row {row}", overflow="fold")
    for column in entity.columns:
        cells = accepted[column.name]
        if column.kind in (kinds.EVENT_TIMESTAMP, kinds.PERIOD_TIMESTAMP, kinds.BIRTH_TIMESTAMP):
            cells = cells.cast(pl.Datetime("ms")).dt.strftime("%Y-%m-%dT%H:%MZ")
        if cells.null_count() < cells.len():
            table.add_row(printable(column.source), *_texts(cells.to_list(), is_masked=column.personal))
    sent = [json.loads(text) if text else {} for text in accepted["custom_fields"]]
    for box, key in sorted({(box, key) for fields in sent for box, inside in fields.items() for key in inside}):
        # What a custom field holds nobody has declared, so it may be personal.
        cells_of = [fields.get(box, {}).get(key) for fields in sent]
        table.add_row(printable(f"{box}.{key}"), *_texts(cells_of, is_masked=True))
    out.print(table)


def _texts(cells: Sequence[object], *, is_masked: bool) -> list[str]:
    texts = pl.Series(["" if cell is None else as_text(cell) for cell in cells], dtype=pl.String)
    if is_masked:
        texts = texts.to_frame("cell").select(masked(pl.col("cell"))).to_series()
    return [printable(text) for text in texts]


def list_fields(entity: Entity, out: Console) -> None:
    """Print the fields of an entity: what a header can mean."""
    table = Table("field", "holds", "meaning")
    for column in entity.columns:
        holds = f"one of {', '.join(column.allowed)}" if column.allowed else column.kind.expects
        table.add_row(printable(column.source) + (" (required)" if column.required else ""), holds, column.description)
    if entity.has_custom_fields:
        for box, holds in kinds.CUSTOM_FIELD_CONTAINERS.items():
            table.add_row(f"{box}.<name>", holds, "A custom field of your own.")
    out.print(table)
