"""pairs of records -> the level of agreement of each attribute, and how likely strangers agree as much.

The levels are declared in `model.py` and evaluated here. Two words of names match if they are equal, or if one is an
initial, a nickname, a beginning or a typo of the other. Words that differ like a typo are classified:

1. Two Vietnamese syllables (Hoan and Hoang often differ by one letter) are different names if both or neither are known
   names in the data, and a doubtful match if only one is (Hein and Hien).
2. Two other words are a doubtful match if both are known names, in the data or listed as English names (Alexander and
   Alexandra), else a typo.
3. A syllable and another word are a typo (Phongg).

Run by DuckDB, for its edit distances and list functions.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Final

import duckdb
import polars as pl

from cdp_pipeline.backend import Workspace, pattern_of
from cdp_pipeline.identity.configuration.rules import TRAITS
from cdp_pipeline.identity.matching.agreement import GENERATION_YEARS
from cdp_pipeline.identity.matching.model import ATTRIBUTES
from cdp_pipeline.values.duckdb_query import database

AREAS: Final = ("zip_code", "ward_match", "district_match", "city_match")
KNOWN_FROM: Final = 4
"""The number of different birth dates among the holders of a word from which it is a known name, not a typo."""

_CHUNK: Final = 500_000
"""Pairs that are compared at once: a few hundred megabytes."""

_NEAR_CONTACT: Final = 0.002
"""How often a stranger's phone or e-mail differs by a typo, if numbers are not in series."""

_NEAR_ADDRESS: Final = 0.004
"""How often a stranger lives in the same street, at least; more often if all data come from one quarter."""

_WORD_SCALE: Final = 0.7
"""The weight of common words if both names have other words: relatives share a family name."""

_TYPO_BITS: Final = 3.0
"""The bits subtracted for a typo: a word has about eight neighbours at one typo, so strangers match more often."""

_MACROS: Final = (
    # Damerau-Levenshtein counts swapped neighbours as one typo; it takes ten times as long as Levenshtein.
    """within(a, b, most) AS
       CASE WHEN levenshtein(a, b) <= 2 * most THEN damerau_levenshtein(a, b) <= most ELSE false END""",
    """typo(a, b) AS CASE WHEN abs(length(a) - length(b)) > 3 OR length(a) < 3 OR length(b) < 3 THEN false
       ELSE within(a, b, least((least(length(a), length(b)) + 2) // 4, 3)) END""",
    "nickname(a, b) AS a.word <> b.word AND coalesce(list_has_any(a.formals, b.formals), false)",
    """one_word(a, b) AS CASE
       WHEN length(a.word) = 1 THEN starts_with(b.word, a.word) WHEN length(b.word) = 1 THEN starts_with(a.word, b.word)
       WHEN a.word = b.word OR nickname(a, b) THEN true
       WHEN a.syllable AND b.syllable AND a.known = b.known THEN false
       WHEN least(length(a.word), length(b.word)) > 3
         AND (starts_with(a.word, b.word) OR starts_with(b.word, a.word)) THEN true
       ELSE typo(a.word, b.word) END""",
    "is_name(a) AS a.known OR a.formals IS NOT NULL",
    """is_doubtful(a, b) AS a.word <> b.word AND NOT nickname(a, b) AND length(a.word) > 1 AND length(b.word) > 1
       AND a.syllable = b.syllable AND (a.syllable OR (is_name(a) AND is_name(b)))""",
    "without(a, b) AS list_filter(a, lambda x: NOT list_contains(list_transform(b, lambda y: y.word), x.word))",
    "paired(a, b) AS list_filter(a, lambda x: len(list_filter(b, lambda y: one_word(x, y))) > 0)",
    """doubtful(a, b) AS len(list_filter(a, lambda x:
       len(list_filter(b, lambda y: one_word(x, y) AND NOT is_doubtful(x, y))) = 0))""",
    """short_forms(a, b) AS len(list_filter(a, lambda x: len(list_filter(b, lambda y: nickname(x, y))) > 0))""",
    "bits_of(a) AS coalesce(list_sum(list_transform(a, lambda x: x.bits)), 0)",
    "letters_of(a) AS regexp_replace(a, '[0-9]+', '', 'g')",
    "alike(a, b) AS jaro_winkler_similarity(a, b) >= 0.93",
)


def _level(attribute: str, **conditions: str) -> str:
    """A CASE for the number of the first level whose condition holds; null if none does."""
    names = list(ATTRIBUTES[attribute])
    cases = " ".join(f"WHEN {condition} THEN {names.index(level)}" for level, condition in conditions.items())
    return f"CAST(CASE {cases} END AS TINYINT) AS {attribute}"


def _both(column: str) -> str:
    return f"l.{column} IS NOT NULL AND r.{column} IS NOT NULL"


_EQUAL_AREA: Final = " OR ".join(f"coalesce(l.{area} = r.{area}, false)" for area in AREAS)
_YEARS_ONLY: Final = "l.birth LIKE '%0101' AND r.birth LIKE '%0101'"
"""Only the year is known of both; then dates of different years would count as typos."""

_LEVELS: Final = (
    _level(
        "birth",
        equal="l.birth = r.birth",
        part="l.year = r.year AND (l.birth LIKE '%0101' OR r.birth LIKE '%0101')",
        slip=f"""NOT ({_YEARS_ONLY}) AND (within(l.birth, r.birth, 1)
           OR abs(datediff('day', l.birth_date, r.birth_date)) <= 1
           OR (l.year = r.year AND l.birth[5:6] = r.birth[7:8] AND l.birth[7:8] = r.birth[5:6]))""",
        near=f"""(l.year <> r.year)::INT + (l.birth[5:6] <> r.birth[5:6])::INT + (l.birth[7:8] <> r.birth[7:8])::INT = 1
           AND abs(l.birth_year - r.birth_year) < {GENERATION_YEARS} AND NOT ({_YEARS_ONLY})""",
        year="l.year = r.year",
        diff=f"{_both('birth')} AND abs(l.birth_year - r.birth_year) < {GENERATION_YEARS}",
        # Years suffice for this level if a date is missing.
        generation=f"abs(l.birth_year - r.birth_year) >= {GENERATION_YEARS}",
    ),
    f"""CASE WHEN {_YEARS_ONLY} THEN greatest(l.birth_rate, {ATTRIBUTES["birth"]["part"].strangers})
       ELSE l.birth_rate END AS birth_rate""",
    _level("gender", equal="l.gender = r.gender", diff="l.gender <> r.gender"),
    _level(
        "contact",
        equal="coalesce(list_has_any(l.emails, r.emails), false) OR coalesce(list_has_any(l.phones, r.phones), false)",
        mailbox="""l.mailbox = r.mailbox OR (least(length(l.mailbox), length(r.mailbox)) >= 6
           AND (ends_with(l.mailbox, '.' || r.mailbox) OR ends_with(r.mailbox, '.' || l.mailbox)))""",
        slip="""within(l.phone, r.phone, 1) OR CASE WHEN jaro_winkler_similarity(l.email, r.email) >= 0.92
           THEN within(l.email, r.email, 3) AND letters_of(l.email) <> letters_of(r.email) ELSE false END""",
        none="(l.email IS NOT NULL OR l.phone IS NOT NULL) AND (r.email IS NOT NULL OR r.phone IS NOT NULL)",
    ),
    f"""coalesce(least(CASE WHEN list_has_any(l.emails, r.emails) THEN least(l.email_rate, r.email_rate) END,
       CASE WHEN list_has_any(l.phones, r.phones) THEN least(l.phone_rate, r.phone_rate) END),
       greatest(l.in_series, r.in_series, {_NEAR_CONTACT})) AS contact_rate""",
    _level(
        "customer",
        equal="l.namespace = r.namespace AND l.customer_id = r.customer_id",
        diff="l.namespace = r.namespace",
    ),
    _level(
        "address",
        equal="l.address_match = r.address_match",
        # A different number is a different house, or a different street in a city with numbered streets.
        slip="""l.street <> r.street AND l.house = r.house
           AND (typo(l.closed, r.closed) OR alike(l.closed, r.closed))""",
        street="typo(l.street, r.street) OR alike(l.street, r.street)",
        diff=_both("address_match"),
    ),
    f"""CASE WHEN l.address_match = r.address_match THEN l.address_match_rate
       ELSE greatest(l.street_rate, r.street_rate, {_NEAR_ADDRESS}) END AS address_rate""",
    _level(
        "area",
        equal=f"""({_EQUAL_AREA})
           AND {" AND ".join(f"coalesce(l.{area} = r.{area}, true)" for area in AREAS)}""",
        some=_EQUAL_AREA,
        slip=" OR ".join(
            f"coalesce(letters_of(l.{area}) <> letters_of(r.{area}) AND alike(l.{area}, r.{area}), false)"
            for area in AREAS[1:]
        ),
        diff=" OR ".join(f"({_both(area)})" for area in AREAS),
    ),
    f"least({', '.join(f'CASE WHEN l.{area} = r.{area} THEN l.{area}_rate END' for area in AREAS)}) AS area_rate",
    *(
        _level(
            number,
            equal=f"l.{number} = r.{number}",
            # An old number of nine digits and a new one of twelve are different kinds of number.
            slip=f"length(l.{number}) = length(r.{number}) AND within(l.{number}, r.{number}, 1)",
            diff=f"length(l.{number}) = length(r.{number})",
        )
        for number in ("identity_no", "passport_no")
    ),
    "1 / l.people AS identity_no_rate",
    "1 / l.people AS passport_no_rate",
)

_TRAITS: Final = tuple(
    column
    for trait in TRAITS
    for column in (
        _level(
            trait,
            equal=f"l.{trait}_match = r.{trait}_match",
            slip=f"typo(l.{trait}_match, r.{trait}_match) OR alike(l.{trait}_match, r.{trait}_match)",
            diff=_both(f"{trait}_match"),
        ),
        f"l.{trait}_match_rate AS {trait}_rate",
    )
)

_NAME_PAIRS: Final = """
    SELECT DISTINCT l.scope, least(l.name_match, r.name_match) AS x, greatest(l.name_match, r.name_match) AS y
    FROM chosen JOIN record l ON l.node = chosen.node_a JOIN record r ON r.node = chosen.node_b
    WHERE l.name_match <> r.name_match"""
_NAMES: Final = f"""
    SELECT scope, x, y, bits_of(wx) - bits_of(rx) AS common,
        CASE WHEN len(px) = 0 OR len(py) = 0 THEN 0
             ELSE greatest(least(bits_of(px), bits_of(py)) - {_TYPO_BITS} * len(px), 0.5 * len(px)) END AS near,
        doubtful(px, py) AS doubts, short_forms(px, py) AS nicknames,
        len(rx) - len(px) AS lone_x, len(ry) - len(py) AS lone_y,
        letters_x = letters_y AND len(wx) <> len(wy) AS is_split
    FROM (
        SELECT *, paired(rx, ry) AS px, paired(ry, rx) AS py
        FROM (
            SELECT n.scope, x, y, l.words AS wx, r.words AS wy, without(l.words, r.words) AS rx,
                without(r.words, l.words) AS ry, l.letters AS letters_x, r.letters AS letters_y
            FROM ({_NAME_PAIRS}) n
            JOIN named l ON l.scope = n.scope AND l.name_match = x
            JOIN named r ON r.scope = n.scope AND r.name_match = y))"""
_NAME: Final = _level(
    "name",
    equal="l.name_match = r.name_match OR is_split",
    shared="lone_x > 0 AND lone_y > 0 AND common + near > 0",
    other="lone_x > 0 AND lone_y > 0",
    doubt="doubts > 0",
    missing="lone_x + lone_y > 0",
    nickname="nicknames > 0",
    slip="true",
)


def _compared(levels: Sequence[str]) -> str:
    return f"""
    SELECT chosen.node_a, chosen.node_b, l.scope, {_NAME},
        CASE WHEN l.name_match = r.name_match THEN greatest(pow(2, -bits_of(l.words)), l.namesakes)
             WHEN is_split THEN pow(2, -least(bits_of(l.words), bits_of(r.words)))
             ELSE pow(2, -(common + near) * CASE WHEN lone_x > 0 AND lone_y > 0 THEN {_WORD_SCALE} ELSE 1 END)
        END AS name_rate, {", ".join(levels)}
    FROM chosen JOIN record l ON l.node = chosen.node_a JOIN record r ON r.node = chosen.node_b
    LEFT JOIN ({_NAMES}) n ON n.scope = l.scope AND n.x = least(l.name_match, r.name_match)
        AND n.y = greatest(l.name_match, r.name_match)"""


_COMPARED: Final = _compared(_LEVELS)
_WITH_TRAITS: Final = _compared((*_LEVELS, *_TRAITS))

_EQUAL_BITS: Final = " + ".join(
    (
        """CASE WHEN l.birth = r.birth THEN -log2(l.birth_rate) WHEN l.year = r.year THEN 5
           WHEN l.month_day = r.month_day THEN 8 ELSE 0 END""",
        "CASE WHEN list_has_any(l.phones, r.phones) OR l.phone_stem = r.phone_stem THEN 12 ELSE 0 END",
        "CASE WHEN list_has_any(l.emails, r.emails) OR l.mailbox = r.mailbox THEN 12 ELSE 0 END",
        "CASE WHEN l.address_match = r.address_match THEN -log2(l.address_match_rate) ELSE 0 END",
        f"greatest(0, {', '.join(f'CASE WHEN l.{area} = r.{area} THEN -log2(l.{area}_rate) END' for area in AREAS)})",
        """bits_of(list_filter(l.words, lambda x: list_contains(r.word, x.word)))""",
    )
)
"""The bits of the values that are exactly equal in two records."""

_EQUAL_TRAITS: Final = " + ".join(
    f"CASE WHEN l.{trait}_match = r.{trait}_match THEN -log2(l.{trait}_match_rate) ELSE 0 END" for trait in TRAITS
)

_SLACK: Final = 6
"""The bits by which exactly equal values may fall short, because similar values add to the score."""

_CANDIDATES: Final = """
    CREATE TEMP TABLE pair AS SELECT node_a, node_b
    FROM read_parquet({pairs}) JOIN record l ON l.node = node_a JOIN record r ON r.node = node_b"""
_PROMISING: Final = f" WHERE {{equal}} >= log2(l.people) + 3 - {_SLACK}"
"""Leaves out pairs with so few equal values that similar values cannot bring the score to a link."""


class Pairs:
    """The candidate pairs of records, compared in chunks; made by `comparing`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, count: int, has_traits: bool) -> None:
        self._connection = connection
        self._sql = _WITH_TRAITS if has_traits else _COMPARED
        self.count = count

    def sample(self, most: int) -> tuple[pl.DataFrame, float]:
        """About `most` compared pairs, independent of the order of records, and their share of all pairs.

        All pairs if there are fewer than twice `most`; then none needs to be compared again.
        """
        every = max(self.count // most, 1)
        chosen = f"SELECT * FROM pair WHERE (node_a::BIGINT * 7919 + node_b::BIGINT * 104729) % {every} = 0"
        # Sorted, because sums of fractions differ in their last digits with the order of rows.
        found = self._compared(chosen).sort("node_a", "node_b")
        return found, (found.height / self.count if self.count else 1.0)

    def of(self, asked: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """Compare the given pairs (node_a < node_b, each once), candidates or not; columns as in `chunks`.

        Pairs with a node that is not in `records` are left out.
        """
        if asked.is_empty():
            return
        self._connection.register("asked_frame", asked.select("node_a", "node_b").with_row_index("place").to_arrow())
        for first in range(0, asked.height, _CHUNK):
            yield self._compared(f"SELECT * FROM asked_frame WHERE place >= {first} AND place < {first + _CHUNK}")

    def all(self) -> pl.DataFrame:
        """All compared pairs in one frame; columns as in `chunks`."""
        return self._compared("SELECT * FROM pair")

    def chunks(self) -> Iterator[pl.DataFrame]:
        """All compared pairs: node_a < node_b, scope, and per attribute its level and rate, see `model.py`."""
        for first in range(0, self.count, _CHUNK):
            yield self._compared(f"SELECT * FROM pair WHERE rowid >= {first} AND rowid < {first + _CHUNK}")

    def _compared(self, chosen: str) -> pl.DataFrame:
        found: pl.DataFrame = self._connection.sql(f"WITH chosen AS MATERIALIZED ({chosen}) {self._sql}").pl()
        return found


@contextmanager
def comparing(work: Workspace, pairs: str, *, unlikely: bool = False) -> Iterator[Pairs]:
    """Open the pairs of a table for comparison.

    Args:
        work: The workspace with `records` and the pairs.
        pairs: The table of pairs: node_a < node_b, each pair once.
        unlikely: Whether to compare also pairs with too few equal values to become a link.
    """
    with _database().cursor() as connection:
        records, pairs = (pattern_of(work.path(table)) for table in ("records", pairs))
        connection.execute(f"CREATE TEMP TABLE record AS SELECT * FROM read_parquet({records})")
        connection.execute(
            """CREATE TEMP TABLE named AS
               SELECT scope, name_match, any_value(words) AS words, any_value(letters) AS letters
               FROM record GROUP BY scope, name_match"""
        )
        candidates = _CANDIDATES.format(pairs=pairs)
        has_traits = f"{TRAITS[0]}_match" in connection.table("record").columns
        equal = f"{_EQUAL_BITS} + {_EQUAL_TRAITS}" if has_traits else _EQUAL_BITS
        connection.execute(candidates if unlikely else f"{candidates}{_PROMISING.format(equal=equal)}")
        yield Pairs(connection, connection.execute("SELECT count(*) FROM pair").fetchall()[0][0], has_traits)


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """The DuckDB database with the macros."""
    found = database()
    for macro in _MACROS:
        found.execute(f"CREATE OR REPLACE MACRO {macro}")
    return found
