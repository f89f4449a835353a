"""When a request envelope is accepted, and what is anomalous about an accepted one.

Envelope headers and elements -> a message per rejected envelope, and findings by envelope. `envelopes.py` finds and
opens the envelopes.
"""

from collections import Counter

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest.batch import ListPage, UnreadableEntryError
from cdp_pipeline.ingest.exact import as_cell, parse
from cdp_pipeline.ingest.field_names import drift_rule

MOST_ENTRIES = 100
"""An envelope with more entries is rejected: the source allows no more in a request."""

MOST_ELEMENTS = 100_000
"""An envelope with more elements becomes one rejected row, because a line of some megabytes can hold millions of
numbers."""

MOST_VALUES = 1_000_000
"""A text with more values, counted by its commas, becomes one rejected row: a parser takes some 200 bytes for each."""

MANY_ENTRIES = 50
"""An envelope with more entries is counted: from here on the source's statements contradict each other."""

PAGE_KEYS = ("leads", "nextPageToken")
"""The keys of a page of MoeGo's list of leads."""

ENVELOPE_KEYS = ("objectType", "source", "entries", "ignoredUpdateCfs", "jeConfigId", "jeEventKey", "initData")
"""The keys of a Pango request envelope."""

HEADS = pl.Schema(
    {
        "index": pl.UInt32(),
        "keys": pl.List(pl.String()),
        "object_type": pl.String(),
        "source": pl.String(),
        "ignored": pl.String(),
        "is_page": pl.Boolean(),
        "next_page": pl.String(),
        "list": pl.String(),
        "has_list": pl.Boolean(),
    }
)
"""Fields of an envelope: `source`, `ignored` and `list` as JSON, null if missing or sent as null."""

ELEMENTS = pl.Schema(
    {
        "index": pl.UInt32(),
        "entry_number": pl.Int64(),
        "raw": pl.String(),
        "system": pl.String(),
        "company": pl.String(),
    }
)
"""The elements of an envelope's list, with the system and the MoeGo company that each element names."""


def check_envelopes(heads: pl.DataFrame, elements: pl.DataFrame, entity: Entity) -> pl.DataFrame:
    """Add to each envelope `message` (null if it is accepted), `entries` (their number) and `sent_ignored`.

    `source` becomes text, null if blank. `ignored` becomes a list, null if it is empty or the entity does not support
    it. The message is that of the first broken rule.
    """
    is_object = pl.col("raw").str.strip_chars_start().str.starts_with("{")
    nameless = is_object & (pl.col("system").str.strip_chars() == "").fill_null(value=True)
    counts = elements.group_by("index").agg(pl.len().alias("entries"), nameless.any().alias("lacks_system"))
    checked = (
        heads.join(counts, on="index", how="left", maintain_order="left")
        .with_columns(
            pl.col("entries").fill_null(0),
            pl.col("lacks_system").fill_null(value=False),
            is_source_structured=pl.col("source").str.contains(r"^[\[{]").fill_null(value=False),
            source=_unquoted(heads["source"]),
            ignored=_lists(heads["ignored"]),
            is_ignored_a_list=heads["ignored"].is_null() | _lists(heads["ignored"]).is_not_null(),
        )
        .with_columns(sent_ignored=pl.col("ignored").list.len().fill_null(0) > 0)
        .with_columns(message=_message(entity))
    )
    supported = pl.col("sent_ignored") & pl.lit(entity.supports_ignored_update_cfs)
    return checked.with_columns(ignored=pl.when(supported).then("ignored"))


def _unquoted(json: pl.Series) -> pl.Series:
    """JSON scalars as trimmed text, null if blank. Parses each distinct text; there are few sources."""
    distinct = json.filter(~json.str.contains(r"^[\[{]")).unique()
    trimmed = pl.Series([as_cell(parse(cell)) for cell in distinct], dtype=pl.String).str.strip_chars()
    return json.replace_strict(distinct, trimmed.set(trimmed == "", None), default=None, return_dtype=pl.String)


def _lists(json: pl.Series) -> pl.Series:
    """JSON lists as lists of text, null for anything else. Parses each distinct list; senders repeat theirs."""
    distinct = json.drop_nulls().unique()
    lists = pl.Series([_list(cell) for cell in distinct], dtype=pl.List(pl.String))
    return lists.gather(json.replace_strict(distinct, pl.int_range(distinct.len(), eager=True), default=None))


def _list(json: str) -> list[str | None] | None:
    try:
        found = parse(json, keep_doubled=True)
    except UnreadableEntryError:
        return None
    return [as_cell(key) for key in found] if isinstance(found, list) else None


def _message(entity: Entity) -> pl.Expr:
    is_ours = pl.col("object_type").str.strip_chars().str.to_lowercase() == entity.object_type
    lacks_source = pl.col("source").is_null() & pl.col("lacks_system") & pl.lit(entity.fixed_system is None)
    refusals: list[tuple[pl.Expr, str | pl.Expr]] = [
        (~pl.col("has_list"), "The envelope has no list of entries; expected one. Send the entries again."),
        (
            ~pl.col("is_page") & ~is_ours.fill_null(value=False),
            pl.format(
                "The envelope's objectType is {}; expected {}, the name of its folder. Deliver it to its own folder.",
                pl.when(pl.col("object_type").is_null())
                .then(pl.lit("missing"))
                .when(pl.col("object_type").str.contains(r"^[a-z][a-z0-9-]{0,59}$"))
                .then(pl.col("object_type"))
                .otherwise(pl.lit("no object type's name")),
                pl.lit(entity.object_type),
            ),
        ),
        (
            pl.col("is_source_structured"),
            "The envelope's source is a list or object; expected the name of the sending system. Send it again so.",
        ),
        (
            ~pl.col("is_ignored_a_list"),
            "The envelope's ignoredUpdateCfs is not a list; expected a list of custom field keys. Send one.",
        ),
        (
            ~pl.col("is_page") & (pl.col("entries") > MOST_ENTRIES),
            pl.format(
                "The envelope has {} entries; expected at most {}. Send them in several envelopes.",
                "entries",
                pl.lit(MOST_ENTRIES),
            ),
        ),
        (
            ~pl.col("is_page") & lacks_source,
            "The envelope has no source, and not every entry a systemName; expected one of them, as ids hold within "
            "one system. Add the source and deliver the file again.",
        ),
    ]
    # MoeGo omits an empty list, so a page without a list is valid.
    is_empty_page = pl.col("is_page") & pl.col("list").is_null()
    messages = [pl.when(rule & ~is_empty_page).then(pl.lit(m) if isinstance(m, str) else m) for rule, m in refusals]
    return pl.coalesce(messages)


def envelope_findings(checked: pl.DataFrame, entity: Entity) -> Counter[str]:
    """Count anomalies of accepted envelopes; an envelope without entries counts even if it is rejected."""
    accepted = checked.filter(pl.col("message").is_null())
    empty = pl.col("has_list") & (pl.col("entries") == 0)
    findings = Counter(
        {
            "envelope:more_than_50_entries": accepted.filter(pl.col("entries") > MANY_ENTRIES).height,
            "envelope:no_entries": checked.filter(empty).height,
            "ignored_update_cfs:regular_field": accepted.filter(_names_regular_field(entity)).height,
        }
    )
    if not entity.supports_ignored_update_cfs:
        findings["ignored_update_cfs:unsupported"] = accepted.filter("sent_ignored").height
    known = [*ENVELOPE_KEYS, *PAGE_KEYS]
    findings.update(drift_rule(f"envelope.{key}") for key in accepted["keys"].explode() if key not in known)
    return +findings


def list_pages(checked: pl.DataFrame, elements: pl.DataFrame) -> Counter[ListPage]:
    """Count the accepted pages of lists. An element that is no object, such as null, has no company."""
    company = pl.col("company").str.strip_chars()
    named = (
        elements.filter(pl.col("raw").str.starts_with("{"))
        .group_by("index")
        .agg(pl.when(company != "").then(company).unique().sort().alias("companies"))
    )
    is_last = (pl.col("next_page").str.strip_chars() == "").fill_null(value=True)
    pages = (
        checked.filter(pl.col("is_page") & pl.col("message").is_null())
        .join(named, on="index", how="left")
        .group_by(pl.col("companies").fill_null([]), is_last.alias("is_last"))
        .len()
    )
    return Counter({ListPage(frozenset(companies), last): count for companies, last, count in pages.iter_rows()})


def _names_regular_field(entity: Entity) -> pl.Expr:
    names = [name for column in entity.columns for name in (column.source, *column.aliases)]
    return pl.col("ignored").list.eval(pl.element().is_in(names)).list.any().fill_null(value=False)
