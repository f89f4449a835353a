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
from cdp_pipeline.commands.printing import print_command, print_text, print_verbatim, printable, progress
from cdp_pipeline.deliveries import (
    PERSONAL_VALUES,
    bounds_of,
    hide_values,
    limits_of,
    personal_values,
    staging_context_of,
)
from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.model import Column
from cdp_pipeline.ingest import (
    EMPTY_FILE,
    EVERY_HEADER,
    HINTED_DELIMITER,
    MAPPED,
    Batch,
    Bounds,
    Draft,
    RawFile,
    ReaderCrashedError,
    SourceMapping,
    cells_of,
    draft_mapping,
    explain_misfit,
    lacking_fields,
    read_files_apart,
    read_mapping,
    read_mappings,
)
from cdp_pipeline.settings import Settings
from cdp_pipeline.staging import StagingContext, stage_rows, staging_table
from cdp_pipeline.validation import REJECTED_WITH_FIELDS, Limits, masked, validate_batch
from cdp_pipeline.values.display_text import count_of, visible
from cdp_pipeline.values.mask import mask_contacts

MOST_ROWS = 3
"""Accepted rows that are shown."""

MOST_REJECTED = 10
"""Rejected rows that are shown."""

_WIDE = 100
"""Columns of a terminal in which so many rows stand beside each other without breaking their cells."""

_MOST_WORDS, _LONGEST_WORD = 10, 12
"""Beyond these the column holds something else than the words of a list, perhaps names."""

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

    draft = sample = None
    with progress(out, f"Reading {printable(mask_contacts(path.name))}"):
        try:
            seen = read_by(file)
            if not any(finding.startswith(MAPPED) for finding in seen.findings):
                sample = _sample(file, entity, settings)
                draft = _draft(sample, entity, mappings.of(entity), settings)
        except ReaderCrashedError as crash:
            seen = read_by(*crash.with_problems([file]))
    used = [finding.removeprefix(MAPPED) for finding in seen.findings if finding.startswith(MAPPED)]
    is_drafted = draft is not None and draft.is_needed
    by = f" by the mapping {visible(', '.join(used))}" if used else ""
    print_text(
        out,
        f"{visible(mask_contacts(path.name))} as {entity.object_type}{by}: {count_of(seen.read, 'row')} read, "
        f"{seen.accepted:,} would be accepted, {seen.read - seen.accepted:,} rejected. Nothing was stored.",
    )
    if mapping and not used:
        _print_misfit(mapping, mappings.of(entity), file, sample.headers if sample else (), entity, out)
    fitting = [known for known in mappings.of(entity) if known.name in used] if used else []
    lacking = [
        field
        for field in lacking_fields(next(iter(fitting), None), seen.headers, entity)
        if seen.headers and seen.rules[f"required:{field}"]
    ]
    rejected = pl.concat(seen.rejected).head(MOST_REJECTED)
    what_to_do = _what_to_do(lacking, used, entity, is_drafted=is_drafted)
    _print_rejected(
        seen.rules, _with_cure(rejected, path, entity, is_drafted), seen.read - seen.accepted, what_to_do, out
    )
    _print_unknown(seen.findings, entity, used, out)
    _print_findings(seen.findings, out)
    _print_words(seen, entity, out)
    shown = pl.concat(seen.shown).head(MOST_ROWS)
    if shown.is_empty():
        _print_rows(_as_read(rejected, entity), entity, out, is_rejected=True)
    else:
        _print_rows(shown, entity, out)
    if draft and is_drafted:
        _print_draft(draft, path, entity, out)
    return 0 if seen.accepted == seen.read and seen.read else 1


@dataclass
class _Seen:
    """What was read of a file: counts, and the first rows of each batch."""

    read: int = 0
    accepted: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    values: list[pl.DataFrame] = field(default_factory=list)
    words: dict[str, Counter[str]] = field(default_factory=dict)
    headers: tuple[str, ...] = ()
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
        seen.findings += validated.findings + staged.findings
        seen.values.append(
            personal_values(rows, REJECTED_WITH_FIELDS.named(validated.rejected.lazy()), entity).unique().collect()
        )
        for column in entity.columns:
            if column.allowed and column.unknown != "keep":
                seen.words.setdefault(column.source, Counter()).update(_words_outside(batch.rows[column.name], column))
        seen.headers = batch.headers or seen.headers
        seen.rejected.append(validated.rejected.head(MOST_REJECTED))
        seen.shown.append(validated.accepted.head(MOST_ROWS))
    # A key may be the name of a person in any other row of the file.
    seen.findings = hide_values(seen.findings, PERSONAL_VALUES.named(pl.concat(seen.values).lazy()))
    return seen


def _words_outside(cells: pl.Series, column: Column) -> Counter[str]:
    """The words of a column that are not in its closed list, with their rows."""
    known = {word.lower() for word in column.allowed}
    counts = cells.drop_nulls().str.strip_chars().value_counts().sort("count", cells.name, descending=[True, False])
    return Counter({word: rows for word, rows in counts.iter_rows() if word and word.lower() not in known})


def _print_misfit(
    name: str,
    mappings: Sequence[SourceMapping],
    file: RawFile,
    headers: Sequence[str],
    entity: Entity,
    out: Console,
) -> None:
    """Print that the chosen mapping was not used, and why."""
    reasons = [explain_misfit(mapping, file.source_file, headers, entity) for mapping in mappings]
    why = "; ".join(reasons) or f"it has no table [{entity.object_type}.fields]"
    print_text(out, f"The mapping {name} does not fit, and the file was read without it: {why}.", style="yellow")


def _what_to_do(lacking: Sequence[str], used: Sequence[str], entity: Entity, *, is_drafted: bool) -> str:
    """The cure of rejected rows: a mapping where that lacks a field, otherwise the file."""
    if is_drafted and not used:
        return "Complete the mapping that is drafted below; what is still rejected then, correct in the file."
    if not lacking:
        return "Correct them in the file before you deliver it."
    fields, place = ", ".join(lacking), f"[{entity.object_type}.fields]"
    of = f"the mapping {visible(', '.join(used))}" if used else "a mapping"
    return f"No header means {fields}, which every row needs: write the header for it below {place} of {of}."


def _with_cure(rejected: pl.DataFrame, path: Path, entity: Entity, is_drafted: bool) -> pl.DataFrame:
    """The rejected rows; the message of an unknown header names this command, which was just called."""
    command = f"Draft a mapping with `cdp check-file FILE --entity {entity.object_type}`"
    cure = "Use the draft below" if is_drafted else command.replace("FILE", shlex.quote(str(path)))
    return rejected.with_columns(pl.col("message").str.replace(command, cure, literal=True))


def _print_rejected(rules: Counter[str], first: pl.DataFrame, count: int, what_to_do: str, out: Console) -> None:
    if not count:
        return
    print_text(out, "Why rows would be rejected:")
    reasons = _counted("rule")
    for rule, rows in sorted(rules.items(), key=lambda item: (-item[1], item[0])):
        reasons.add_row(printable(rule), f"{rows:,}")
    out.print(reasons)
    if count > first.height:
        print_text(out, f"The first {first.height} of them:")
    for row in first.iter_rows(named=True):
        indented = row["message"].replace("\n", "\n    ")
        print_text(out, f"  row {row['source_row']}: {indented}")
    print_text(out, what_to_do)


def _counted(what: str) -> Table:
    """A table of names and rows; a name goes on below rather than being cut."""
    table = Table()
    table.add_column(what, overflow="fold")
    table.add_column("rows", justify="right", no_wrap=True)
    return table


def _sample(file: RawFile, entity: Entity, settings: Settings) -> Batch | None:
    """The first rows of a table with all its headers."""
    return next(
        read_files_apart([file], entity, _SAMPLE_ROWS, mappings=[EVERY_HEADER], bounds=bounds_of(settings)), None
    )


def _draft(first: Batch | None, entity: Entity, mappings: Sequence[SourceMapping], settings: Settings) -> Draft | None:
    """The draft of a mapping for a table that no mapping explains; None for other files.

    A header that is not split yet, because of its delimiter, names no columns.
    """
    if first is None or not first.headers or (len(first.headers) == 1 and HINTED_DELIMITER in first.headers[0]):
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
    table = _counted("finding")
    for rule, rows in noted.items():
        table.add_row(printable(rule), f"{rows:,}")
    out.print(table)
    if EMPTY_FILE in noted:
        print_text(
            out, "The file has no row; expected a header and rows, or an entry. Ask the sender for the whole file."
        )


def _print_words(seen: _Seen, entity: Entity, out: Console) -> None:
    """The words outside closed lists, as a mapping takes them; long or many ones are no words of a list."""
    for column in entity.columns:
        found, rule = seen.words.get(column.source), f"value:{column.source}"
        if not found or not (seen.rules[rule] or seen.findings[rule]):
            continue
        listed = ", ".join(
            f"{json.dumps(word, ensure_ascii=False)} ({count_of(n, 'row')})" for word, n in found.items()
        )
        are_words = len(found) <= _MOST_WORDS and all(len(word) <= _LONGEST_WORD for word in found)
        print_text(
            out,
            f"{column.source} holds {listed if are_words else 'other texts, which may be personal'}; expected one of "
            f"{', '.join(column.allowed)}. A mapping gives words their meaning below "
            f"[{entity.object_type}.values.{column.source}].",
        )


def _as_read(rejected: pl.DataFrame, entity: Entity) -> pl.DataFrame:
    """Rejected rows as text by column, as far as their file could be read."""
    readable = rejected.filter(pl.col("fields").is_not_null())
    names = (*(column.name for column in entity.columns), "custom_fields")
    return readable.select(
        "source_row", *(pl.col("fields").str.json_path_match(f"$.{name}").alias(name) for name in names)
    )


def _print_rows(rows: pl.DataFrame, entity: Entity, out: Console, *, is_rejected: bool = False) -> None:
    """The first rows field by field, as a table of many columns fits no terminal; personal cells masked.

    Of rejected rows all cells are masked: where columns have shifted, any may be personal.
    """
    if rows.is_empty():
        return
    what = "they are read, all cells masked" if is_rejected else "they would be read, personal data masked"
    print_text(out, f"The first rows as {what}:")
    accepted = rows
    accepted = accepted.head(MOST_ROWS if out.width >= _WIDE else MOST_ROWS - 1)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("field", overflow="fold")
    for row in accepted["source_row"]:
        table.add_column(f"row {row}", overflow="fold")
    for column in entity.columns:
        cells = accepted[column.name]
        if cells.dtype == pl.Int64 and column.kind in (
            kinds.EVENT_TIMESTAMP,
            kinds.PERIOD_TIMESTAMP,
            kinds.BIRTH_TIMESTAMP,
        ):
            cells = cells.cast(pl.Datetime("ms")).dt.strftime("%Y-%m-%dT%H:%MZ")
        if cells.null_count() < cells.len():
            table.add_row(printable(column.source), *_texts(cells.to_list(), is_masked=column.personal or is_rejected))
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
    table = Table()
    for name in ("field", "holds", "meaning"):
        table.add_column(name, overflow="fold")
    for column in entity.columns:
        holds = f"one of {', '.join(column.allowed)}" if column.allowed else column.kind.expects
        table.add_row(printable(column.source) + (" (required)" if column.required else ""), holds, column.description)
    if entity.has_custom_fields:
        for box, holds in kinds.CUSTOM_FIELD_CONTAINERS.items():
            table.add_row(f"{box}.<name>", holds, "A custom field of your own.")
    out.print(table)
