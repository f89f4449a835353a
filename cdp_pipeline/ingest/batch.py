"""The result of every reader: text rows, rejected entries and findings.

A cell is the text that was sent, or null. `validation/` interprets it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.kinds import TextList
from cdp_pipeline.entities.table import TableModel, column, table_of

UNREADABLE = "unreadable"
"""The rule of lines and files that cannot be parsed."""

ENVELOPE = "envelope"
"""The rule of entries whose request envelope is rejected."""

EMPTY_FILE = "empty_file"
"""The finding for a file without a single entry."""


class RejectedInBatch(TableModel, key=("source_file", "source_row", "entry_number")):
    """One row per rejected entry of a batch, with every rule that it broke."""

    source_file: str = column("The file, by its path below the raw folder.", nullable=False)
    source_row: int = column("Line or sheet row on which it starts, or its number in the file.", nullable=False)
    entry_number: int = column("Number of the entry within that line or row, or of the sheet.", nullable=False)
    rules: TextList = column("The rules it broke, such as required:customerId.", nullable=False, json=True)
    message: str = column("What is wrong and what was expected.")
    raw: str = column(
        "The entry as sent, to repair it; in the database masked, unless CDP_PUBLISH_REJECTED is raw.",
        personal=True,
        free_text=True,
    )


REJECTED_IN_BATCH = table_of(RejectedInBatch)
"""The schema of a rejected entry from here to the database; later tables add the columns that a day shares."""

PLACE = tuple(declared for declared in REJECTED_IN_BATCH.columns if declared.name in REJECTED_IN_BATCH.key)
"""The columns that locate an entry: file, row and entry number."""

# Longer texts do not belong into a database cell; such an entry is repaired from the file.
_RAW_CHARACTERS = 1_000_000


class UnreadableFileError(Exception):
    """No entry of the file can be accepted; the message gives what was found, expected and to do."""


class UnreadableEntryError(Exception):
    """The entry cannot be parsed; the message gives the reason and does not quote the entry."""


@dataclass(frozen=True)
class ListPage:
    """Facts about one page of a list response.

    Attributes:
        companies: The companies of its entries as sent, trimmed; None stands for entries without a company.
        is_last: Whether the list ends with this page: `nextPageToken` is missing, null or blank.
    """

    companies: frozenset[str | None]
    is_last: bool


@dataclass(frozen=True)
class Batch:
    """Part of a file, or several small files; each entry is either in `rows` or in `rejected`.

    Attributes:
        rows: Readable entries in the order of file and row, with the columns of `text_schema`.
        rejected: Entries that cannot be read or whose envelope is rejected, with the columns of `REJECTED_IN_BATCH`.
        findings: Counts of anomalies that reject no entry.
        pages: The pages of list responses in it, pages without entries included.
        declared: Columns whose dates or numbers the source's mapping declares: the decimal mark, empty for dates. A
            cell that does not fit the declaration is not inferred from the other cells of the file.
        headers: The headers of its tables, as sent.
    """

    rows: pl.DataFrame
    rejected: pl.DataFrame
    findings: Counter[str] = field(default_factory=Counter)
    pages: Counter[ListPage] = field(default_factory=Counter)
    declared: Mapping[str, str] = field(default_factory=dict)
    headers: tuple[str, ...] = ()

    @property
    def read(self) -> int:
        """Number of entries read."""
        return self.rows.height + self.rejected.height


def text_schema(entity: Entity) -> pl.Schema:
    """The columns of `Batch.rows`.

    Beside the entity's own columns: `custom_fields` and `extra` (JSON objects of the custom field containers and of the
    unknown keys), `structured` (scalar columns whose cell was sent as a JSON list or object), the envelope's
    `envelope_source` and `ignored_update_cfs`, the location of the entry, and `raw`, the entry as sent.
    """
    return pl.Schema(
        {column.name: pl.String() for column in entity.columns}
        | {
            "custom_fields": pl.String(),
            "extra": pl.String(),
            "structured": pl.List(pl.String()),
            "envelope_source": pl.String(),
            "ignored_update_cfs": pl.List(pl.String()),
            "source_file": pl.String(),
            "source_row": pl.Int64(),
            "entry_number": pl.Int64(),
            "raw": pl.String(),
        }
    )


def batch_of(
    entity: Entity,
    rows: Sequence[pl.DataFrame] = (),
    rejected: Sequence[pl.DataFrame] = (),
    findings: Counter[str] | None = None,
    pages: Counter[ListPage] | None = None,
    declared: Mapping[str, str] | None = None,
    headers: Iterable[str] = (),
) -> Batch:
    """Combine parts into one batch; columns that a part lacks become null.

    Args:
        entity: The entity of the rows.
        rows: Frames of readable entries, each sorted by file, row and entry number.
        rejected: Frames of rejected entries, sorted in the same way.
        findings: See `Batch`.
        pages: See `Batch`.
        declared: See `Batch`.
        headers: See `Batch`.
    """
    return Batch(
        rows=_in_order(rows, text_schema(entity)),
        rejected=_in_order(rejected, REJECTED_IN_BATCH.schema),
        findings=findings if findings is not None else Counter(),
        pages=pages if pages is not None else Counter(),
        declared=declared or {},
        headers=tuple(dict.fromkeys(headers)),
    )


def _in_order(parts: Sequence[pl.DataFrame], schema: pl.Schema) -> pl.DataFrame:
    filled = [_conformed(part, schema) for part in parts if part.height]
    if not filled:
        return pl.DataFrame(schema=schema)
    # Each part is sorted already; sorting it again would cost as much as parsing it.
    return filled[0] if len(filled) == 1 else pl.concat(filled).sort("source_file", "source_row", "entry_number")


def _conformed(part: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    if part.schema == schema:
        return part
    return part.select(
        (pl.col(name) if name in part.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in schema.items()
    )


def rejected_entries(entries: pl.DataFrame, message: str | pl.Expr, rule: str = UNREADABLE) -> pl.DataFrame:
    """Make one rejected row per entry.

    Args:
        entries: Has `source_row`, `entry_number` and `raw`, and `source_file` where it is known.
        message: One message for all entries, or an expression over them.
        rule: The rule that the entries break.
    """
    return entries.select(
        *(["source_file"] if "source_file" in entries.columns else []),
        "source_row",
        "entry_number",
        pl.concat_list(pl.lit(rule)).alias("rules"),
        (pl.lit(message) if isinstance(message, str) else message).alias("message"),
        pl.col("raw").str.head(_RAW_CHARACTERS).str.replace_all("\x00", "\ufffd", literal=True),
    )


def rejected_file(message: str) -> pl.DataFrame:
    """Make the one rejected row that stands for a whole file."""
    whole = pl.DataFrame({"source_row": [1], "entry_number": [1], "raw": [None]}, schema_overrides={"raw": pl.String})
    return rejected_entries(whole, message)
