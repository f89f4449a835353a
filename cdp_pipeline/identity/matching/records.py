"""nodes -> records for comparison: their parts, and the frequency of each value.

1. Row by row: the parts of names, births and addresses (`record_parts`), and the words of names (`record_words`).
2. Over all records, in SQL: the frequencies of words, contacts and values, and their weights in bits.
3. One row per record with all columns of a comparison (`records`).
"""

from collections.abc import Iterator, Sequence
from typing import Final

import polars as pl

from cdp_pipeline.backend import Query, Workspace
from cdp_pipeline.identity.configuration.rules import TRAITS
from cdp_pipeline.identity.matching.comparison import AREAS, KNOWN_FROM
from cdp_pipeline.identity.matching.model import SMALLEST
from cdp_pipeline.values.person_name import formal_names
from cdp_pipeline.values.vietnamese_name import SYLLABLE

_RATED: Final = ("birth", "address_match", "street", *AREAS)
_TRAITS: Final = tuple(f"{trait}_match" for trait in TRAITS)
_SERIES: Final = 4
"""Numbers that differ only in the last digit are a series, such as a company's, from this count on, and no typos."""

_SAME_PLACE: Final = 0.06
"""The prior share of strangers who live in one place: the customers of a few rows come from around one shop."""

_SHORTEST_MAILBOX: Final = 4
_COMMON_WORDS: Final = {
    "nguyen": 0.38, "tran": 0.11, "le": 0.095, "pham": 0.07, "huynh": 0.05, "hoang": 0.05, "phan": 0.045, "vu": 0.035,
    "vo": 0.035, "dang": 0.02, "bui": 0.02, "do": 0.015, "ho": 0.013, "ngo": 0.013, "duong": 0.01, "thi": 0.3,
    "van": 0.2, "anh": 0.05, "minh": 0.04, "thanh": 0.04, "ngoc": 0.04, "duc": 0.03, "thu": 0.03, "hong": 0.025,
    "phuong": 0.025, "xuan": 0.02, "kim": 0.02, "quoc": 0.02, "huu": 0.02,
}  # fmt: skip
"""Words by the share of Vietnamese names that contain them: family names as in the usual counts (Nguyen 38 %), middle
and given names by order of magnitude. They weigh as much as SMALLEST records, so that Nguyen Van An is not rare among
three rows."""

_SYLLABLE_RATE: Final = 0.01
_WORD_RATE: Final = 0.003
"""The same share for any other Vietnamese syllable, and for any other word."""

_INITIAL_BITS: Final = 3.0
"""The most bits of an initial: many names begin with it."""

_AT_ONCE: Final = 250_000
_COPIED: Final = (
    "node", "scope", "name_match", "birth_date", "birth_year", "gender", "customer_id", "address_match", *AREAS,
)  # fmt: skip
_DERIVED: Final = ("namespace", "birth", "year", "month_day", "closed", "house", "street", "initials", "letters")
_PARTS: Final = pl.Schema(
    {
        **dict.fromkeys((*_COPIED, *_DERIVED), pl.String()),
        "node": pl.Int64(),
        "birth_date": pl.Date(),
        "birth_year": pl.Int64(),
        "word": pl.List(pl.String()),
    }
)
_WORDS: Final = pl.Schema(
    {**dict.fromkeys(("scope", "word", "birth"), pl.String()), "node": pl.Int64(), "syllable": pl.Boolean()}
)
_WEIGHTED_WORD: Final = pl.Struct(
    {
        "word": pl.String(),
        "known": pl.Boolean(),
        "syllable": pl.Boolean(),
        "bits": pl.Float64(),
        "formals": pl.List(pl.String()),
    }
)
_NAMES: Final = pl.Schema({"scope": pl.String(), "name_match": pl.String(), "words": pl.List(_WEIGHTED_WORD)})

SCOPES: Final = Query(
    makes="scopes",
    reads=("record_parts",),
    sql="SELECT scope, COUNT(*) AS people FROM record_parts GROUP BY scope",
)

_VOCABULARY: Final = Query(
    makes="vocabulary",
    reads=("record_words", "scopes"),
    sql="""
    WITH words AS (
        SELECT scope, word, syllable, COUNT(DISTINCT birth) AS births, COUNT(*) AS held
        FROM record_words GROUP BY scope, word, syllable
    )
    SELECT w.scope, w.word, w.syllable, w.births, w.held, p.people FROM words w JOIN scopes p ON p.scope = w.scope""",
)

_DISTINCT_NAMES: Final = Query(
    makes="distinct_names",
    reads=("record_parts",),
    sql="SELECT DISTINCT scope, name_match FROM record_parts",
)


def _share(held: str, usual: float = 0.0) -> str:
    """SQL for a value's frequency among strangers, from the number of records in the scope that hold it."""
    return f"CAST(GREATEST({held} - 1.0, 0.5) + {SMALLEST * usual} AS DOUBLE) / CAST(p.people + {SMALLEST} AS DOUBLE)"


def _listed(kind: str, name: str) -> str:
    """SQL for the sorted values of a kind; null if there is none, where other engines give an empty list."""
    values = f"LIST_SORT(LIST(value) FILTER (WHERE kind = '{kind}'))"
    return f"CASE WHEN COUNT(CASE WHEN kind = '{kind}' THEN 1 END) > 0 THEN {values} END AS {name}"


_CONTACTS: Final = Query(
    makes="record_contacts",
    reads=("identifiers", "record_parts", "scopes", "crowded"),
    sql=f"""
    WITH held AS (
        SELECT DISTINCT i.node, i.scope, i.kind, i.value
        FROM identifiers i JOIN record_parts r ON r.node = i.node
        LEFT JOIN crowded c ON c.scope = i.scope AND c.kind = i.kind AND c.value = i.value
        WHERE i.status = 'usable' AND i.kind IN ('phone', 'email') AND c.value IS NULL
    ), frequent AS (
        SELECT scope, kind, value, COUNT(*) AS held FROM held GROUP BY scope, kind, value
    ), rated AS (
        SELECT h.node, h.kind, h.value, {_share("f.held")} AS rate
        FROM held h JOIN frequent f ON f.scope = h.scope AND f.kind = h.kind AND f.value = h.value
        JOIN scopes p ON p.scope = h.scope
    )
    SELECT node,
        MIN(CASE WHEN kind = 'phone' THEN value END) AS phone,
        {_listed("phone", "phones")},
        MIN(CASE WHEN kind = 'phone' THEN rate END) AS phone_rate,
        MIN(CASE WHEN kind = 'email' THEN value END) AS email,
        {_listed("email", "emails")},
        MIN(CASE WHEN kind = 'email' THEN rate END) AS email_rate
    FROM rated GROUP BY node""",
)

_DOCUMENTS: Final = Query(
    makes="record_documents",
    reads=("identifiers",),
    sql="""
    SELECT node, MIN(CASE WHEN kind = 'identity_no' THEN value END) AS identity_no,
        MIN(CASE WHEN kind = 'passport_no' THEN value END) AS passport_no
    FROM identifiers WHERE status = 'usable' AND kind IN ('identity_no', 'passport_no') GROUP BY node""",
)


def _frequencies(rated: Sequence[str]) -> str:
    """SQL for the values of each rated column that several records of a scope hold, with their counts."""
    return ", ".join(
        f"of_{column} AS (SELECT scope, {column}, COUNT(*) AS held FROM record_parts WHERE {column} IS NOT NULL"
        f" GROUP BY scope, {column} HAVING COUNT(*) > 1)"
        for column in rated
    )


def _rate(column: str) -> str:
    """SQL for the share of the scope's records with the same value; null if the value is null."""
    share = _share(f"COALESCE(of_{column}.held, 1)", _SAME_PLACE if column in (*AREAS, *_TRAITS) else 0.0)
    return f"CASE WHEN r.{column} IS NOT NULL THEN {share} END AS {column}_rate"


def _records(rated: Sequence[str]) -> Query:
    return Query(
        makes="records",
        reads=("record_parts", "record_contacts", "record_documents", "scopes", "names"),
        sql=f"""
    WITH {_frequencies(rated)}, contacts AS (
        SELECT *, SUBSTRING(phone, 1, LENGTH(phone) - 1) AS phone_stem, SPLIT_PART(email, '@', 1) AS local_part
        FROM record_contacts
    ), persons AS (
        SELECT r.scope, r.name_match,
            COUNT(DISTINCT COALESCE(r.birth, c.email, c.phone, CAST(r.node AS VARCHAR))) - 2.0 AS others
        FROM record_parts r LEFT JOIN contacts c ON c.node = r.node GROUP BY r.scope, r.name_match
    ), series AS (
        SELECT r.scope, c.phone_stem, COUNT(DISTINCT c.phone) >= {_SERIES} AS is_one, COUNT(*) AS phones
        FROM record_parts r JOIN contacts c ON c.node = r.node WHERE c.phone IS NOT NULL GROUP BY r.scope, c.phone_stem
    ), serial AS (
        SELECT scope,
            CAST(SUM(CASE WHEN is_one THEN phones ELSE 0 END) AS DOUBLE) / CAST(SUM(phones) AS DOUBLE) AS share
        FROM series GROUP BY scope
    )
    SELECT r.*, p.people, n.words, d.identity_no, d.passport_no,
        c.phone, c.phones, c.phone_rate, c.email, c.emails, c.email_rate, c.phone_stem,
        CASE WHEN LENGTH(c.local_part) >= {_SHORTEST_MAILBOX} THEN c.local_part END AS mailbox,
        {", ".join(_rate(column) for column in rated)},
        CAST(GREATEST(persons.others, 0.0) AS DOUBLE) / CAST(p.people + {SMALLEST} AS DOUBLE) AS namesakes,
        CASE WHEN series.is_one THEN 1.0 ELSE COALESCE(serial.share, 0.0) END AS in_series
    FROM record_parts r JOIN scopes p ON p.scope = r.scope
    JOIN names n ON n.scope = r.scope AND n.name_match = r.name_match
    JOIN persons ON persons.scope = r.scope AND persons.name_match = r.name_match
    LEFT JOIN contacts c ON c.node = r.node LEFT JOIN record_documents d ON d.node = r.node
    LEFT JOIN series ON series.scope = r.scope AND series.phone_stem = c.phone_stem
    LEFT JOIN serial ON serial.scope = r.scope
    {" ".join(f"LEFT JOIN of_{c} ON of_{c}.scope = r.scope AND of_{c}.{c} = r.{c}" for c in rated)}""",
    )


_RECORDS: Final = _records(_RATED)
_RECORDS_WITH_TRAITS: Final = _records((*_RATED, *_TRAITS))


def find_records(work: Workspace) -> pl.Series:
    """Make `records` and `record_words`.

    `records` has one row per live node of role person with a name, and the columns for comparison and blocking; columns
    of traits only if any record has one. `record_words` has one row per word in a name: node, scope, word.

    Args:
        work: The workspace with `nodes`, `identifiers` and `crowded`.

    Returns:
        How many records are compared within each scope, in the order of scopes.
    """
    people = pl.col("is_live") & (pl.col("role") == "person") & pl.col("name_match").is_not_null()
    persons = work.scan("nodes").filter(people)
    has_traits = persons.select(pl.any_horizontal(pl.col(_TRAITS).is_not_null().any())).collect().item()
    schema = pl.Schema({**_PARTS, **dict.fromkeys(_TRAITS, pl.String())}) if has_traits else _PARTS
    parts_of = (_parts(some).select(schema.names()) for some in persons.collect_batches(chunk_size=_AT_ONCE))
    work.write_parts("record_parts", schema, parts_of)
    parts = work.scan("record_parts").select("node", "scope", "birth", "word")
    work.write_parts("record_words", _WORDS, map(_words, parts.collect_batches(chunk_size=_AT_ONCE)))
    for query in (SCOPES, _VOCABULARY, _DISTINCT_NAMES):
        work.run(query)
    work.write_parts("names", _NAMES, _names(work))
    for query in (_CONTACTS, _DOCUMENTS, _RECORDS_WITH_TRAITS if has_traits else _RECORDS):
        work.run(query)
    return work.scan("scopes").sort("scope").select("people").collect()["people"]


def _parts(persons: pl.DataFrame) -> pl.DataFrame:
    month_day, closed = pl.col("birth").str.slice(4), pl.col("address_match").str.replace_all(" ", "")
    namespace = pl.concat_str(["company", "system"], separator="|")
    return persons.with_columns(
        namespace=pl.when(pl.col("customer_id").is_not_null()).then(namespace),
        birth=pl.col("birth_date").dt.strftime("%Y%m%d"),
        word=pl.col("name_match").str.split(" "),
        letters=pl.col("name_match").str.replace_all(" ", "").str.split("").list.sort().list.join(""),
    ).with_columns(
        year=pl.col("birth").str.head(4),
        # The first of January stands for an unknown day.
        month_day=pl.when(month_day != "0101").then(month_day),
        closed=closed,
        house=closed.str.replace_all("[^0-9]", ""),
        street=closed.str.replace_all("[0-9]", "").replace("", None),
        initials=pl.col("word").list.eval(pl.element().str.head(1)).list.sort().list.join(""),
    )


def _words(parts: pl.DataFrame) -> pl.DataFrame:
    return (
        parts.explode("word", empty_as_null=False)
        .with_columns(syllable=pl.col("word").str.contains(SYLLABLE))
        .select(_WORDS.names())
    )


def _names(work: Workspace) -> Iterator[pl.DataFrame]:
    """By scope and name, the words of the name with their weights.

    `bits`: the rarity of the word among names; `known`: whether people with at least KNOWN_FROM birth dates have it;
    `formals`: the full forms if the word is a short form.
    """
    usual = pl.when("syllable").then(_SYLLABLE_RATE).otherwise(_WORD_RATE)
    usual = pl.col("word").replace_strict(_COMMON_WORDS, default=usual, return_dtype=pl.Float64)
    bits = -((pl.col("held") - 1 + SMALLEST * usual) / (pl.col("people") + SMALLEST)).log(2)
    is_initial = pl.col("word").str.len_chars() == 1
    vocabulary = work.scan("vocabulary").collect()
    weight = (
        vocabulary.with_columns(formal_names(vocabulary["word"]))
        .with_columns(
            known=pl.col("births") >= KNOWN_FROM,
            bits=pl.when(is_initial).then(pl.min_horizontal(bits, _INITIAL_BITS)).otherwise(bits),
        )
        .select("scope", "word", weight=pl.struct(*(field.name for field in _WEIGHTED_WORD.fields)))
    )
    names = work.scan("distinct_names").with_columns(word=pl.col("name_match").str.split(" "))
    for some in names.collect_batches(chunk_size=_AT_ONCE):
        words = some.explode("word", empty_as_null=False).join(
            weight, on=["scope", "word"], how="left", maintain_order="left"
        )
        yield words.group_by("scope", "name_match", maintain_order=True).agg(words="weight")
