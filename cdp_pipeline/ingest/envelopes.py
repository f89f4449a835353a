"""Request envelopes and list responses -> their entries, each with the values of its envelope.

A Pango envelope is an object with `entries` or `objectType`. A page of MoeGo's ListLeads is an object with `leads` or a
page token and no other keys. Any other text is an entry itself. `envelope_rules.py` decides whether an envelope is
accepted; `entries.py` reads the entries.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest.batch import ENVELOPE, ListPage, UnreadableEntryError, rejected_entries
from cdp_pipeline.ingest.entries import ENTRIES, PLACE, is_small
from cdp_pipeline.ingest.envelope_rules import (
    ELEMENTS,
    HEADS,
    MOST_ELEMENTS,
    MOST_ENTRIES,
    MOST_VALUES,
    PAGE_KEYS,
    check_envelopes,
    envelope_findings,
    list_pages,
)
from cdp_pipeline.ingest.exact import as_cell, as_json, parse
from cdp_pipeline.values.duckdb_query import Engine, quoted
from cdp_pipeline.values.json_text import is_suspect

_STRUCTURE = """
    {"objectType": "VARCHAR", "source": "JSON", "ignoredUpdateCfs": "JSON", "entries": "JSON", "leads": "JSON",
     "nextPageToken": "VARCHAR"}
"""
_HEADS_SQL = f"""
    SELECT index, json_keys(raw) AS keys, unnest(from_json(raw, {quoted(_STRUCTURE)})) FROM texts
"""
_LENGTHS_SQL = """
    SELECT coalesce(CASE WHEN json_valid(raw) THEN
        greatest(json_array_length(raw, '$.entries'), json_array_length(raw, '$.leads'))
    END, 0) AS length FROM texts
"""
_ELEMENTS_SQL = """
    SELECT index, unnest(elements) AS raw, unnest(range(1, len(elements) + 1)) AS entry_number
    FROM (SELECT index, json_extract(list, '$[*]') AS elements FROM lists)
"""
_NAMED_SQL = """
    SELECT json_extract_string(raw, '$.systemName') AS system, json_extract_string(raw, '$.companyId') AS company
    FROM elements
"""


@dataclass(frozen=True)
class Opened:
    """Result of opening the envelopes among some texts.

    Attributes:
        entries: The entries, with the columns of `ENTRIES`, sorted by location.
        rejected: Entries of rejected envelopes, and envelopes without a list of entries.
        findings: Counts of anomalous envelopes.
        pages: The pages of lists that were opened.
    """

    entries: pl.DataFrame
    rejected: pl.DataFrame
    findings: Counter[str]
    pages: Counter[ListPage]


def open_envelopes(texts: pl.DataFrame, entity: Entity, engine: Engine) -> Opened:
    """The entries of the envelopes among some JSON texts, and the other texts as they are, sorted by location.

    A rejected envelope of n entries gives n rejected rows; one without a list of entries gives one. An envelope with an
    empty list gives only a finding. A text that is not JSON stays among the entries; the reader of entries rejects it.

    Args:
        texts: Has `source_file`, `source_row` and `raw`.
        entity: The entity in whose landing folder the texts are.
        engine: The database.
    """
    texts, huge_rejected = _without_huge(texts.select("source_file", "source_row", "raw"), engine)
    texts = texts.with_row_index("index")
    heads, elements = _found(texts, entity, engine)
    bare = texts.join(heads, on="index", how="anti", maintain_order="left") if heads.height else texts
    bare = _completed(bare.with_columns(entry_number=pl.lit(1, pl.Int64)))
    if heads.is_empty():
        return Opened(bare, huge_rejected, Counter(), Counter())
    checked = check_envelopes(heads, elements, entity)
    places = checked.join(texts.select("index", "source_file", "source_row", text="raw"), on="index", how="left")
    inner = elements.join(places, on="index", how="inner", maintain_order="left")
    is_refused = pl.col("message").is_not_null()
    good = inner.filter(~is_refused).with_columns(envelope_source="source", ignored_update_cfs="ignored")
    listless = places.filter(is_refused & ~pl.col("has_list")).with_columns(
        raw="text", entry_number=pl.lit(1, pl.Int64)
    )
    columns = ["source_file", "source_row", "entry_number", "raw", "message"]
    bad = pl.concat([inner.filter(is_refused).select(columns), listless.select(columns)])
    return Opened(
        entries=pl.concat([bare, _completed(good)]).sort(*PLACE),
        rejected=pl.concat([rejected_entries(bad, pl.col("message"), ENVELOPE), huge_rejected]).sort(*PLACE),
        findings=envelope_findings(checked, entity),
        pages=list_pages(checked, elements),
    )


def _without_huge(texts: pl.DataFrame, engine: Engine) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Remove the texts with too many values for a parser; also return one rejected row for each."""
    commas = texts["raw"].str.count_matches(",", literal=True)
    is_huge = commas >= MOST_VALUES
    suspect = (commas >= MOST_ELEMENTS) & ~is_huge
    if suspect.any():
        counted = engine.run(_LENGTHS_SQL, texts=texts.filter(suspect).select("raw"))["length"]
        suspect = suspect.scatter(suspect.arg_true(), counted > MOST_ELEMENTS)
    message = (
        f"The envelope has more than {MOST_ELEMENTS:,} entries and counts as one row; expected at most {MOST_ENTRIES}. "
        "Send them in several envelopes."
    )
    huge = (
        f"It has more than {MOST_VALUES:,} values; expected one customer's record, or an envelope of at most "
        f"{MOST_ENTRIES}. Send the records one by one."
    )
    numbered = texts.with_columns(entry_number=pl.lit(1, pl.Int64))
    rejected = [
        rejected_entries(numbered.filter(suspect), message, ENVELOPE),
        rejected_entries(numbered.filter(is_huge), huge),
    ]
    return texts.filter(~suspect & ~is_huge), pl.concat(rejected).sort(*PLACE)


def _completed(entries: pl.DataFrame) -> pl.DataFrame:
    missing = (pl.lit(None, dtype).alias(name) for name, dtype in ENTRIES.items() if name not in entries.columns)
    return entries.with_columns(missing).select(ENTRIES.names())


def _found(texts: pl.DataFrame, entity: Entity, engine: Engine) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The fields of each envelope (`HEADS`) and its elements (`ELEMENTS`)."""
    heads, elements = [pl.DataFrame(schema=HEADS)], [pl.DataFrame(schema=ELEMENTS)]
    markers = ["entries", "objectType", *(PAGE_KEYS if entity.comes_in_pages else ())]
    may_be = pl.any_horizontal(pl.col("raw").str.contains(f'"{marker}"', literal=True) for marker in markers)
    candidates = texts.filter(may_be)
    if candidates.height:
        if is_small(candidates["raw"]):
            opened = [_opened_exactly(candidates, entity)]
        else:
            suspect = is_suspect(candidates["raw"])
            valid = engine.run("SELECT json_valid(raw) AS valid FROM texts", texts=candidates.select("raw"))["valid"]
            opened = [
                _opened_at_once(candidates.filter(valid & ~suspect), entity, engine),
                _opened_exactly(candidates.filter(valid & suspect), entity),
            ]
        for head, inner in opened:
            heads.append(head.select(HEADS.names()).cast(HEADS))
            elements.append(inner.select(ELEMENTS.names()).cast(ELEMENTS))
    return pl.concat(heads), pl.concat(elements)


def _opened_at_once(texts: pl.DataFrame, entity: Entity, engine: Engine) -> tuple[pl.DataFrame, pl.DataFrame]:
    heads = _envelopes_among(engine.run(_HEADS_SQL, texts=texts.select("index", "raw")), entity)
    # The reader of entries rejects texts with a duplicate key.
    heads = heads.filter(pl.col("keys").list.n_unique() == pl.col("keys").list.len())
    elements = engine.run(_ELEMENTS_SQL, lists=heads.filter("has_list").select("index", "list"))
    named = engine.run(_NAMED_SQL, elements=elements.select("raw"))
    return heads, elements.hstack(named)


def _opened_exactly(texts: pl.DataFrame, entity: Entity) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Parse each envelope in Python; for envelopes with numbers whose digits DuckDB would change."""
    parsed: dict[int, dict[str, Any]] = {}
    for index, raw in texts.select("index", "raw").iter_rows():
        try:
            value = parse(raw, keep_doubled=True)
        except UnreadableEntryError:
            continue
        if isinstance(value, dict):
            parsed[index] = value
    found = pl.DataFrame([_head(index, envelope) for index, envelope in parsed.items()], schema=_SENT)
    heads = _envelopes_among(found, entity)
    elements: list[dict[str, Any]] = []
    for index, is_page in heads.filter("has_list").select("index", "is_page").iter_rows():
        for number, element in enumerate(parsed[index]["leads" if is_page else "entries"], start=1):
            names = element if isinstance(element, dict) else {}
            system, company = (as_cell(names.get(key)) for key in ("systemName", "companyId"))
            place = {"index": index, "entry_number": number}
            elements.append(place | {"raw": as_json(element), "system": system, "company": company})
    return heads, pl.DataFrame(elements, schema=ELEMENTS)


_SENT = pl.Schema(
    {"index": pl.UInt32(), "keys": pl.List(pl.String())}
    | {name: pl.String() for name in ("objectType", "source", "ignoredUpdateCfs", "entries", "leads", "nextPageToken")}
)


def _head(index: int, envelope: dict[str, Any]) -> dict[str, Any]:
    """The fields of an envelope in the form of the DuckDB query; lists without their elements."""
    named = {name: envelope.get(name) for name in ("source", "ignoredUpdateCfs")}
    lists = {name: envelope.get(name) for name in ("entries", "leads")}
    return (
        {"index": index, "keys": list(envelope)}
        | {name: as_cell(envelope.get(name)) for name in ("objectType", "nextPageToken")}
        | {name: None if value is None else as_json(value) for name, value in named.items()}
        | {name: "[]" if isinstance(value, list) else None if value is None else "" for name, value in lists.items()}
    )


def _envelopes_among(heads: pl.DataFrame, entity: Entity) -> pl.DataFrame:
    """Filter to envelopes, with the columns of `HEADS`; `list` is their JSON list."""
    keys = pl.col("keys")
    is_page = (
        (keys.list.len() > 0) & (keys.list.set_difference(list(PAGE_KEYS)).list.len() == 0)
        if entity.comes_in_pages
        else pl.lit(value=False)
    )
    return (
        heads.with_columns(is_page=is_page)
        .filter(keys.list.contains("entries") | keys.list.contains("objectType") | pl.col("is_page"))
        .with_columns(list=pl.when("is_page").then("leads").otherwise("entries"))
        .with_columns(has_list=pl.col("list").str.starts_with("[").fill_null(value=False))
        .rename({"objectType": "object_type", "ignoredUpdateCfs": "ignored", "nextPageToken": "next_page"})
    )
