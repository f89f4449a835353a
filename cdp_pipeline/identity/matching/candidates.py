"""records -> pairs worth comparing: records that share a blocking key.

A blocking key is a value that two records of one person probably have in common even if other values are wrong or
missing: a birth date, a name, two words of a name and a year, an e-mail's local part. Of each kind of key, keys shared
by more than LARGEST_BLOCK records are left out, then the most shared ones until at most PAIRS_PER_RECORD pairs per
record remain: a birth date that 100,000 records have makes no pairs.
"""

from collections.abc import Sequence
from typing import Final

from cdp_pipeline.backend import Query, Workspace

LARGEST_BLOCK: Final = 100
PAIRS_PER_RECORD: Final = 2
FEWEST_PAIRS: Final = 2_000
"""The number of pairs of each kind that is always allowed; if the square of the record count is below it, all pairs are
compared."""

BLOCKING_RULES: Final = (
    *("birth", "birth word", "birth zip_code", "birth city_match"),
    *("name_match", "name_match zip_code", "name_match city_match", "name_match ward_match"),
    *("address_match", "address_match word", "zip_code word", "word city_match"),
    *("words", "words year", "word year", "word month_day", "initials month_day"),
    *("mailbox", "mailbox word", "phone_stem word"),
)
"""The columns of each blocking key; `word` stands for each word in the name, `words` for each two."""

TRAIT_RULES: Final = ("birth_place_match word",)
"""The blocking keys of traits, if any record has one."""

ALL_PAIRS: Final = Query(
    makes="candidates",
    reads=("records",),
    sql="""
    SELECT a.node AS node_a, b.node AS node_b
    FROM records a JOIN records b ON a.scope = b.scope AND a.node < b.node""",
)


def _pairs_that_share(number: int, rule: str) -> Query:
    """The pairs of one rule, without the keys that too many records share."""
    parts = rule.split()
    sources = {"word": ["w.word"], "words": ["w.word", "v.word"]}
    columns = [column for part in parts for column in sources.get(part, [f"r.{part}"])]
    source = "records r"
    if "word" in parts or "words" in parts:
        source += " JOIN record_words w ON w.node = r.node"
    if "words" in parts:
        source += " JOIN record_words v ON v.node = r.node AND v.word > w.word"
    names = ["scope", *(f"part_{place}" for place in range(len(columns)))]
    keys = ", ".join(names)
    same = " AND ".join(f"a.{name} = {{0}}.{name}" for name in names)
    return Query(
        makes=f"sharing_{number}",
        reads=("records", "record_words") if "word" in rule else ("records",),
        sql=f"""
    WITH keyed AS (
        SELECT r.node, r.scope, {", ".join(f"{c} AS {name}" for c, name in zip(columns, names[1:], strict=True))}
        FROM {source} WHERE {" AND ".join(f"{column} IS NOT NULL" for column in columns)}
    ), blocks AS (
        SELECT {keys}, COUNT(*) AS size FROM keyed GROUP BY {keys} HAVING COUNT(*) BETWEEN 2 AND {LARGEST_BLOCK}
    ), sizes AS (
        SELECT size, SUM(SUM(size * (size - 1))) OVER (ORDER BY size) AS twice_the_pairs FROM blocks GROUP BY size
    ), affordable AS (
        SELECT s.size FROM sizes s CROSS JOIN (SELECT COUNT(*) AS records FROM records) c
        WHERE s.twice_the_pairs <= 2 * GREATEST({PAIRS_PER_RECORD} * c.records, {FEWEST_PAIRS})
    ), chosen AS (
        SELECT a.* FROM blocks a JOIN affordable f ON f.size = a.size
    ), held AS (
        SELECT a.* FROM keyed a JOIN chosen c ON {same.format("c")}
    )
    SELECT a.node AS node_a, b.node AS node_b FROM held a JOIN held b ON {same.format("b")} AND a.node < b.node""",
    )


def _candidates(rules: Sequence[str]) -> tuple[Query, ...]:
    """A query for each rule, and one for the pairs of all rules, each once."""
    sharing = tuple(_pairs_that_share(number, rule) for number, rule in enumerate(rules))
    every = Query(
        makes="candidates",
        reads=tuple(query.makes for query in sharing),
        sql="SELECT DISTINCT node_a, node_b FROM ("
        + " UNION ALL ".join(f"SELECT node_a, node_b FROM {query.makes}" for query in sharing)
        + ") every_rule",
    )
    return (*sharing, every)


_CANDIDATES: Final = _candidates(BLOCKING_RULES)
_WITH_TRAITS: Final = _candidates((*BLOCKING_RULES, *TRAIT_RULES))

MOST_HOLDERS: Final = 10
"""The most holders of one identifier that are compared with each other: enough for a family."""

HOLDING_ONE: Final = Query(
    makes="holding_one",
    reads=("identifiers", "records"),
    sql=f"""
    WITH held AS (
        SELECT DISTINCT i.node, i.scope, i.kind, i.value
        FROM identifiers i JOIN records r ON r.node = i.node WHERE i.status = 'usable'
    ), few AS (
        SELECT scope, kind, value FROM held GROUP BY scope, kind, value HAVING COUNT(*) BETWEEN 2 AND {MOST_HOLDERS}
    ), chosen AS (
        SELECT h.* FROM held h JOIN few f ON f.scope = h.scope AND f.kind = h.kind AND f.value = h.value
    )
    SELECT DISTINCT a.node AS node_a, b.node AS node_b
    FROM chosen a JOIN chosen b ON a.scope = b.scope AND a.kind = b.kind AND a.value = b.value AND a.node < b.node""",
)
"""Pairs of records that hold one identifier, so that their links have a score, too."""


def find_candidates(work: Workspace, records: int) -> None:
    """Make `candidates`, pairs of records of one scope: node_a < node_b, each once.

    Args:
        work: The workspace with `records` (node, each once, scope, the columns of BLOCKING_RULES) and `record_words`.
        records: How many records there are.
    """
    if records**2 <= FEWEST_PAIRS:
        work.run(ALL_PAIRS)
        return
    has_traits = "birth_place_match" in work.scan("records").collect_schema()
    for query in _WITH_TRAITS if has_traits else _CANDIDATES:
        work.run(query)
