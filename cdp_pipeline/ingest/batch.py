"""The form in which every reader hands over what it read: text rows, rejected entries and findings.

What the cells mean is validation's question; here a cell is the text that was sent, or null.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.kinds import TextList
from cdp_pipeline.entities.table import TableModel, column, table_of

UNREADABLE = "unreadable"
"""The rule of lines and files that cannot be parsed."""

ENVELOPE = "envelope"
"""The rule of entries whose request envelope is refused."""

EMPTY_FILE = "empty_file"
"""The finding for a file without a single entry."""


class RejectedInBatch(TableModel, key=("source_file", "source_row", "entry_number")):
    """One row per refused entry of a batch, with every rule that it broke."""

    source_file: str = column("The file, by its path below the raw folder.", nullable=False)
    source_row: int = column("Line or sheet row on which it starts, or its number in the file.", nullable=False)
    entry_number: int = column("Number of the entry within that line or row, or of the sheet.", nullable=False)
    rules: TextList = column("The rules it broke, such as required:customerId.", nullable=False, json=True)
    message: str = column("What is wrong and what was expected.")
    raw: str = column("The entry as sent, unmasked, to repair it.", personal=True)


REJECTED_IN_BATCH = table_of(RejectedInBatch)
"""The form of a refused entry from here to the database; later tables add what all rows of a day share."""

PLACE = tuple(declared for declared in REJECTED_IN_BATCH.columns if declared.name in REJECTED_IN_BATCH.key)
"""The columns that say where an entry was read."""

# A database cell is no place for more; such an entry is repaired from the file.
_RAW_CHARACTERS = 1_000_000


class UnreadableFileError(Exception):
    """A file of which nothing can be accepted; the message says what was found, expected and to do."""


class UnreadableEntryError(Exception):
    """An entry that cannot be parsed; the message says why, without quoting the entry."""


@dataclass(frozen=True)
class ListPage:
    """What a page of a list response tells of the list.

    Attributes:
        companies: The companies of its entries as sent, trimmed; None stands for entries that name none.
        is_last: Whether no page follows it: its `nextPageToken` is missing, null or blank.
    """

    companies: frozenset[str | None]
    is_last: bool


@dataclass(frozen=True)
class Batch:
    """A part of a file, or several small files: every entry of it stands once, in `rows` or in `rejected`.

    Attributes:
        rows: Readable entries by place in the file, with the columns of `text_schema`.
        rejected: Entries that cannot be read or whose envelope is refused, with the columns of `REJECTED_IN_BATCH`.
        findings: What was odd without rejecting anything.
        pages: The pages of list responses among it, those without entries too.
        declared: Columns whose dates or numbers the source's mapping explains: the mark before decimals, empty for
            dates. What it leaves is not asked of the file's other cells.
    """

    rows: pl.DataFrame
    rejected: pl.DataFrame
    findings: Counter[str] = field(default_factory=Counter)
    pages: Counter[ListPage] = field(default_factory=Counter)
    declared: Mapping[str, str] = field(default_factory=dict)

    @property
    def read(self) -> int:
        """How many entries were read."""
        return self.rows.height + self.rejected.height


def text_schema(entity: Entity) -> pl.Schema:
    """The columns of `Batch.rows`.

    Beside the entity's own columns: `custom_fields` and `extra` (JSON objects of the custom field containers and of
    the unknown keys), `structured` (scalar columns whose cell was sent as a JSON list or object), what the envelope
    said, the place in the file, and `raw`, the entry as sent.
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
) -> Batch:
    """A batch of these parts, each of which is in order of place; columns that a part lacks are null."""
    return Batch(
        rows=_in_order(rows, text_schema(entity)),
        rejected=_in_order(rejected, REJECTED_IN_BATCH.schema),
        findings=findings if findings is not None else Counter(),
        pages=pages if pages is not None else Counter(),
        declared=declared or {},
    )


def _in_order(parts: Sequence[pl.DataFrame], schema: pl.Schema) -> pl.DataFrame:
    filled = [_conformed(part, schema) for part in parts if part.height]
    if not filled:
        return pl.DataFrame(schema=schema)
    # Each part is in order; sorting one anew would cost as much as parsing it.
    return filled[0] if len(filled) == 1 else pl.concat(filled).sort("source_file", "source_row", "entry_number")


def _conformed(part: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    if part.schema == schema:
        return part
    return part.select(
        (pl.col(name) if name in part.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in schema.items()
    )


def refused(entries: pl.DataFrame, message: str | pl.Expr, rule: str = UNREADABLE) -> pl.DataFrame:
    """One rejected row per entry.

    Args:
        entries: Has `source_row`, `entry_number` and `raw`, and `source_file` where it is known.
        message: One message for all, or an expression over the entries.
        rule: The rule they break.
    """
    return entries.select(
        *(["source_file"] if "source_file" in entries.columns else []),
        "source_row",
        "entry_number",
        pl.concat_list(pl.lit(rule)).alias("rules"),
        (pl.lit(message) if isinstance(message, str) else message).alias("message"),
        pl.col("raw").str.head(_RAW_CHARACTERS).str.replace_all("\x00", "\ufffd", literal=True),
    )


def refused_file(message: str) -> pl.DataFrame:
    """The one rejected row that stands for a whole file."""
    whole = pl.DataFrame({"source_row": [1], "entry_number": [1], "raw": [None]}, schema_overrides={"raw": pl.String})
    return refused(whole, message)
