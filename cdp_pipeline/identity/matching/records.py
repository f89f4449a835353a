"""nodes -> records as they are compared: their parts, and how frequent each value is.

1. Row by row: the parts of names, births and addresses (`record_parts`), and the words of names (`record_words`).
2. Frequencies, which need everybody, in SQL: of words, contacts and values; and what they are worth.
3. Everything that a comparison needs of a record in one row (`records`).
"""

from collections.abc import Iterator, Sequence
from typing import Final

import polars as pl

from cdp_pipeline.backend import Query, Workspace
from cdp_pipeline.identity.matching.comparison import AREAS, KNOWN_FROM
from cdp_pipeline.identity.matching.model import SMALLEST
from cdp_pipeline.identity.rules import TRAITS
from cdp_pipeline.values.nicknames import formal_names
from cdp_pipeline.values.vietnamese_name import SYLLABLE

_RATED: Final = ("birth", "address_match", "street", *AREAS)
_TRAITS: Final = tuple(f"{trait}_match" for trait in TRAITS)
_SERIES: Final = 4
"""So many numbers that differ in the last digit only come in a series, as a company's do, and are no slips."""

_SAME_PLACE: Final = 0.06
"""How many strangers live in one place, before the data tell: the customers of a few rows come from around one shop."""

_SHORTEST_MAILBOX: Final = 4
_COMMON_WORDS: Final = {
    "nguyen": 0.38, "tran": 0.11, "le": 0.095, "pham": 0.07, "huynh": 0.05, "hoang": 0.05, "phan": 0.045, "vu": 0.035,
    "vo": 0.035, "dang": 0.02, "bui": 0.02, "do": 0.015, "ho": 0.013, "ngo": 0.013, "duong": 0.01, "thi": 0.3,
    "van": 0.2, "anh": 0.05, "minh": 0.04, "thanh": 0.04, "ngoc": 0.04, "duc": 0.03, "thu": 0.03, "hong": 0.025,
    "phuong": 0.025, "xuan": 0.02, "kim": 0.02, "quoc": 0.02, "huu": 0.02,
}  # fmt: skip
"""The part of Vietnamese names that have a word: family names as in the usual counts (Nguyen 38 %), middle and given
names by order of magnitude. They count for as much as SMALLEST records do, so that three rows do not take Nguyen Van An
for a rare name."""

_SYLLABLE_RATE: Final = 0.01
_WORD_RATE: Final = 0.003
"""The same of any other syllable of Vietnamese, and of any other word."""

_INITIAL_BITS: Final = 3.0
"""What an initial is worth at most: many names begin so."""

_AT_ONCE: Final = 250_000
_TOLD: Final = (
    "node", "scope", "name_match", "birth_date", "birth_year", "gender", "customer_id", "address_match", *AREAS,
)  # fmt: skip
_MADE: Final = ("namespace", "birth", "year", "month_day", "closed", "house", "street", "initials", "letters")
_PARTS: Final = pl.Schema(
    {
        **dict.fromkeys((*_TOLD, *_MADE), pl.String()),
        "node": pl.Int64(),
        "birth_date": pl.Date(),
        "birth_year": pl.Int64(),
        "word": pl.List(pl.String()),
    }
)
_WORDS: Final = pl.Schema(
    {**dict.fromkeys(("scope", "word", "birth"), pl.String()), "node": pl.Int64(), "syllable": pl.Boolean()}
)
_WORTH: Final = pl.Struct(
    {
        "word": pl.String(),
        "known": pl.Boolean(),
        "syllable": pl.Boolean(),
        "bits": pl.Float64(),
        "formals": pl.List(pl.String()),
    }
)
_NAMES: Final = pl.Schema({"scope": pl.String(), "name_match": pl.String(), "words": pl.List(_WORTH)})

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
    """How frequent among strangers a value is that so many records of the scope hold, of which one is compared."""
    return f"CAST(GREATEST({held} - 1.0, 0.5) + {SMALLEST * usual} AS DOUBLE) / CAST(p.people + {SMALLEST} AS DOUBLE)"


def _listed(kind: str, name: str) -> str:
    """The values of a kind, sorted; null where there is none, of which other engines make an empty list."""
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
    """The values of each rated column that several records of a scope hold."""
    return ", ".join(
        f"of_{column} AS (SELECT scope, {column}, COUNT(*) AS held FROM record_parts WHERE {column} IS NOT NULL"
        f" GROUP BY scope, {column} HAVING COUNT(*) > 1)"
        for column in rated
    )


def _rate(column: str) -> str:
    """The part of the scope's records that have the value; null where there is none."""
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
    """Make `records`, one row per live node that describes a person by name; what comparisons and blocking need.

    With columns of the traits where any record tells one.

    And `record_words`: node, scope and word of each word of a name.

    Args:
        work: Where `nodes`, `identifiers` and `crowded` are.

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
        # The first of January stands for a day that is not known.
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
    """By scope and name its words with what is known of them.

    `bits`: how rarely a name has the word; `known`: whether it is a name that people of several birth dates bear;
    `formals`: what the word is short for.
    """
    usual = pl.when("syllable").then(_SYLLABLE_RATE).otherwise(_WORD_RATE)
    usual = pl.col("word").replace_strict(_COMMON_WORDS, default=usual, return_dtype=pl.Float64)
    bits = -((pl.col("held") - 1 + SMALLEST * usual) / (pl.col("people") + SMALLEST)).log(2)
    is_initial = pl.col("word").str.len_chars() == 1
    vocabulary = work.scan("vocabulary").collect()
    worth = (
        vocabulary.with_columns(formal_names(vocabulary["word"]))
        .with_columns(
            known=pl.col("births") >= KNOWN_FROM,
            bits=pl.when(is_initial).then(pl.min_horizontal(bits, _INITIAL_BITS)).otherwise(bits),
        )
        .select("scope", "word", worth=pl.struct(*(field.name for field in _WORTH.fields)))
    )
    names = work.scan("distinct_names").with_columns(word=pl.col("name_match").str.split(" "))
    for some in names.collect_batches(chunk_size=_AT_ONCE):
        words = some.explode("word", empty_as_null=False).join(
            worth, on=["scope", "word"], how="left", maintain_order="left"
        )
        yield words.group_by("scope", "name_match", maintain_order=True).agg(words="worth")
