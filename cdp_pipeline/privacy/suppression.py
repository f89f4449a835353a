"""Rows + the hashes of erased persons -> which rows are theirs; one rule for reading, the lake and the published state.

1. A row states values: its record key, ids of customers and leads, documents, contacts, the person's name and birth.
2. Each distinct value becomes an HMAC under the key of the installation, as `kind|scope|value`.
3. A row is suppressed if it has one hash of a request that no other person shares, or two different ones that are
   shared, at least one of them neither a name nor a birth date. Shared values suppress no row with another name:
   what a household shares stays known of the others.

How a person's hashes are found stands in `person_hashes.py`, where they are kept in `suppression_list.py`.
"""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import BY_OBJECT_TYPE
from cdp_pipeline.staging import StagingContext, describe_cells
from cdp_pipeline.validation import REJECTED
from cdp_pipeline.values.email import match_emails, read_emails
from cdp_pipeline.values.phone import read_phones

ANYWHERE: Final = "*"
"""The scope of a value that counts in every internal company."""

RECORD, CUSTOMER, LEAD, PHONE, EMAIL, NAME, BIRTH, ID = (
    "record", "customer_id", "lead_id", "phone", "email", "name", "birth", "id",
)  # fmt: skip
"""Kinds of values beside those of `Identifier`; `id` is a customer or lead id without its namespace."""

SECONDS: Final = (NAME, BIRTH)
"""Kinds that many people share: they count only beside another value."""

HASHES: Final = pl.Schema(
    {**dict.fromkeys(("request_id", "person_id", "hash", "kind"), pl.String()), "is_shared": pl.Boolean()}
)
"""A hash of an erased person, and whether another person holds the value as well."""

_BLANK: Final = "-"
_STATED: Final = pl.Schema({"kind": pl.String(), "scope": pl.String(), "value": pl.String()})
_PHONES: Final = r"\+?[0-9][0-9 .()-]{6,18}[0-9]"
_DIGITS: Final = r"\+?[0-9]{8,15}"
"""A phone whose neighbours are digits as well, such as a date before it."""

_EMAILS: Final = r"[^\s\"'<>,;:|()\[\]{}\\=/%]+@[^\s\"'<>,;:|()\[\]{}\\=/%]+"
_IDS: Final = r"[\p{L}\p{N}_.-]{6,}"
_DISTINCTIVE: Final = r"^(?:.*\p{L}.*\p{N}.*|.*\p{N}.*\p{L}.*|.{8,})$"


@dataclass(frozen=True)
class Suppressions:
    """The hashes in force.

    Attributes:
        key: The key of the hashes.
        scope: `company` if contacts count within an internal company, `organisation` if they count in all.
        hashes: Rows of `HASHES`.
        values: kind, scope and value of these hashes where they are known, as long as the person is not erased: then no
            other value is hashed. None where they are not.
    """

    key: bytes = field(default=b"", repr=False)
    scope: Literal["company", "organisation"] = "company"
    hashes: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=HASHES), compare=False)
    values: pl.DataFrame | None = field(default=None, repr=False, compare=False)

    def __bool__(self) -> bool:
        return not self.hashes.is_empty()

    @property
    def unshared(self) -> "Suppressions":
        """Those that suffice alone; the rule for shared values holds for rows as sent, not for folded ones."""
        return replace(self, hashes=self.hashes.filter(~pl.col("is_shared")))


def hash_texts(key: bytes, kind: str, scope: str, value: str) -> str:
    """The HMAC-SHA256 of a value of a kind within a scope, in hexadecimal."""
    return hmac.digest(key, f"{kind}|{scope}|{value}".encode(), "sha256").hex()


def suppressed_rows(rows: pl.DataFrame, entity: Entity, suppressions: Suppressions) -> pl.Series:
    """Whether each row of staged columns is of an erased person; without hashes in force, no column is computed.

    A row that describes another person than the one to whom it belongs, such as a relative, is compared by the ids of
    the one to whom it belongs only.

    Args:
        rows: Staged or current rows of the entity.
        entity: The entity of the rows.
        suppressions: The hashes in force.
    """
    if not suppressions or rows.is_empty():
        return _no_row(rows.height)
    stated = stated_values(rows.lazy().with_row_index("row"), entity, "row", suppressions.scope)
    return _marked(stated.collect(), rows.height, suppressions)


def suppressed_rejected(
    rows: pl.DataFrame, entity: Entity, suppressions: Suppressions, context: StagingContext
) -> pl.Series:
    """Whether each rejected row is of an erased person, by its cells and by the phones and e-mails in its text.

    A row whose text could not be parsed is compared by the ids in it as well. The text of a row that describes a
    relative is not searched, as long as its cells are known.

    Args:
        rows: Rejected rows with `fields`, `raw` and `record_key`.
        entity: The entity of the rows.
        suppressions: The hashes in force.
        context: The settings by which cells are normalised.
    """
    if not suppressions or rows.is_empty():
        return _no_row(rows.height)
    cells = describe_cells(REJECTED.named(rows), entity, context).collect().with_row_index("row")
    stated = [stated_values(cells.lazy(), entity, "row", suppressions.scope).collect()]
    # The company of a text that cannot be parsed is unknown.
    scope = pl.col("company_id").fill_null(ANYWHERE) if suppressions.scope == "company" else pl.lit(ANYWHERE)
    texts = cells.select("row", raw=rows["raw"].str.normalize("NFKC"), scope=scope, is_unread=rows["fields"].is_null())
    if entity.names_another_person:
        texts = texts.filter("is_unread")
    stated += _stated_in_texts(texts, context.default_region)
    return _marked(pl.concat([part.select("row", *_STATED) for part in stated]), rows.height, suppressions)


def stated_values(rows: pl.LazyFrame, entity: Entity, key: str, scope: str) -> pl.LazyFrame:
    """One row per value that a row states of its person: the key of the row, kind, scope and value.

    Args:
        rows: Staged or current rows of the entity, with the column `key`.
        entity: The entity of the rows.
        key: The column that identifies a row.
        scope: See `Suppressions`.
    """
    company = pl.col("company_id").fill_null(_BLANK)
    system = pl.concat_str(company, pl.col("system_name").fill_null(_BLANK), separator="|")
    within = company if scope == "company" else pl.lit(ANYWHERE)
    parts = [
        rows.select(key, kind=pl.lit(RECORD), scope=pl.lit(ANYWHERE), value="record_key"),
        *(rows.select(key, kind=pl.lit(kind), scope=system, value=column) for kind, column in _ids(entity)),
        *(_contacts(rows, entity, key, within) if not entity.names_another_person else ()),
    ]
    texts = (part.with_columns(pl.col("value").cast(pl.String)) for part in parts)
    stated: pl.LazyFrame = pl.concat(
        part.filter(pl.col("value").is_not_null() & (pl.col("value") != "")) for part in texts
    )
    return stated


def _ids(entity: Entity) -> Iterator[tuple[str, str]]:
    """The columns with ids of customers and leads, by kind; each once."""
    found: set[tuple[str, str]] = {(CUSTOMER, i.column) for i in entity.identifiers if i.kind == CUSTOMER}
    if entity.is_lead:
        found.add((LEAD, entity.source_id))
    for reference in entity.references:
        named = [BY_OBJECT_TYPE[object_type] for object_type in reference.to]
        if all(other.role == "person" for other in named):
            found.add((LEAD if any(other.is_lead for other in named) else CUSTOMER, reference.column))
    return iter(sorted(found))


def _contacts(rows: pl.LazyFrame, entity: Entity, key: str, within: pl.Expr) -> Iterator[pl.LazyFrame]:
    columns = rows.collect_schema().names()
    for identifier in entity.identifiers:
        if identifier.kind == CUSTOMER or identifier.strength == "weak":
            continue
        kind = pl.lit(identifier.kind, pl.String)
        value = pl.col(identifier.column)
        compared = match_emails(value) if identifier.kind == EMAIL else value
        yield rows.select(key, kind=kind, scope=within, value=compared)
        if identifier.further_column:
            further = rows.select(key, scope=within, value=pl.col(identifier.further_column)).drop_nulls("value")
            each = further.explode("value").select(key, kind=kind, scope="scope", value="value")
            yield each.with_columns(match_emails(pl.col("value"))) if identifier.kind == EMAIL else each
    for kind_of_person, column in ((NAME, "name_match"), (BIRTH, "birth_date")):
        if column in columns:
            yield rows.select(key, kind=pl.lit(kind_of_person), scope=within, value=pl.col(column).cast(pl.String))


def _stated_in_texts(texts: pl.DataFrame, default_region: str) -> Iterator[pl.DataFrame]:
    """The phones and e-mails in the text of rows, and the ids in texts that could not be parsed."""
    for kind, pattern in ((PHONE, _PHONES), (PHONE, _DIGITS), (EMAIL, _EMAILS), (ID, _IDS)):
        of_kind = texts if kind != ID else texts.filter("is_unread").with_columns(scope=pl.lit(ANYWHERE))
        every = of_kind.select("row", "scope", value=pl.col("raw").str.extract_all(pattern)).explode("value")
        found = every.drop_nulls("value")
        if kind == PHONE:
            values = read_phones(found["value"], None, default_region).first
        elif kind == EMAIL:
            values = (
                read_emails(found["value"]).first.to_frame("value").select(match_emails(pl.col("value"))).to_series()
            )
        else:
            values = found["value"]
        yield found.with_columns(values.alias("value"), kind=pl.lit(kind)).drop_nulls("value").select("row", *_STATED)


def suppressed_keys(record_keys: pl.Series, suppressions: Suppressions) -> pl.Series:
    """Those of the record keys that are of erased persons."""
    listed = set(suppressions.hashes.filter(pl.col("kind") == RECORD)["hash"])
    own = [key for key in record_keys.unique() if hash_texts(suppressions.key, RECORD, ANYWHERE, key) in listed]
    return pl.Series("record_key", own, dtype=pl.String)


def is_distinctive(ids: pl.Expr) -> pl.Expr:
    """Whether an id identifies its person also without company and system: long, or of letters and digits."""
    return (ids.str.len_chars() >= 6) & ids.str.contains(_DISTINCTIVE)


def hashed_values(stated: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """The distinct values with their hash."""
    distinct = stated.select(*_STATED).unique()
    hashes = [hash_texts(key, *value) for value in distinct.iter_rows()]
    return distinct.with_columns(pl.Series("hash", hashes, dtype=pl.String))


def _marked(stated: pl.DataFrame, height: int, suppressions: Suppressions) -> pl.Series:
    listed = stated.filter(pl.col("kind").is_in(suppressions.hashes["kind"].unique().implode()))
    known = suppressions.values
    may_be_theirs = listed if known is None else listed.join(known, on=list(_STATED), how="semi")
    hits = hashed_values(may_be_theirs, suppressions.key).join(
        suppressions.hashes.select("request_id", "hash", "is_shared"), on="hash"
    )
    if hits.is_empty():
        return _no_row(height)
    is_second = pl.col("kind").is_in(SECONDS)
    is_other = pl.lit(value=False)
    for kind in SECONDS:
        stating = listed.filter(pl.col("kind") == kind)["row"].unique()
        with_kind = suppressions.hashes.filter(pl.col("kind") == kind)["request_id"].unique()
        has_none = ~(pl.col("kind") == kind).any().over("row", "request_id")
        is_other |= pl.col("row").is_in(stating.implode()) & pl.col("request_id").is_in(with_kind.implode()) & has_none
    found = (
        listed.join(hits, on=list(_STATED))
        .with_columns(is_other=is_other)
        .group_by("row", "request_id")
        .agg(
            own=(~pl.col("is_shared") & ~is_second).any(),
            several=(pl.struct("kind", "value").n_unique() > 1) & (~is_second).any() & ~pl.col("is_other").any(),
        )
        .filter(pl.col("own") | pl.col("several"))
    )
    return _no_row(height).scatter(found["row"].unique(), values=True)


def _no_row(height: int) -> pl.Series:
    return pl.Series("is_suppressed", [False]).new_from_index(0, height)
