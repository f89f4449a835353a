"""descriptions -> pairs that are probably one person, found by Splink although they share no contact.

Splink is an optional extra of the package, so it is imported inside functions only. Here stand the model, its blocking
and its training; what is done with the pairs stands in `suggestions.py`.

Evidence about relatives is not independent: twins share birth date, address and family name, a son of one name his
father's address. No weights can express that, so a pair whose names or births contradict each other is left out,
however much else agrees, unless the data themselves show that such pairs are slips of writing (`_slips`).
"""

import contextlib
import importlib.util
import itertools
import logging
import math
from typing import Any, Final

import duckdb
import polars as pl
import polars.selectors as cs

from cdp_pipeline.identity.agreement import GENERATION_YEARS

MERGE_PROBABILITY: Final = 0.99
"""From here on two records may be joined: on FEBRL 1 to 4 no such pair is wrong."""
SUGGEST_PROBABILITY: Final = 0.9
"""From here on a person should look: at worst one suggestion in ten is wrong, which is still worth the time."""

_SEED: Final = 20_261_121
_LARGEST_BLOCK: Final = 100
_PAIRS_PER_ROW: Final = 5
_TRAINING_PAIRS: Final = 200_000
_FEWEST_TRAINING_PAIRS: Final = 300
_EM_STEPS: Final = 10
_EQUAL_SHARE: Final = 0.5  # of a person's pairs have the same words as a name and the same birth date
_FEWEST_SLIPS: Final = 30
_KNOWN_FROM: Final = 4  # people born on different days bear a word that is a name and no slip
_SMALL_PLACE: Final = 0.02  # of all rows live in a place in which namesakes are not born on one day by chance
# A Vietnamese syllable without its marks. Minh and Linh, or An and Anh, are two names and no slip of the keyboard.
_SYLLABLE: Final = r"^(?:b|ch?|d|gh?|gi|h|kh?|l|m|n|ngh?|nh|ph?|qu?|r|s|th?|tr|v|x)?[aeiouy]{1,3}(?:ch?|m|ng?|nh|p|t)?$"
_WEIGHED: Final = {"match_weight": pl.Float64, "match_probability": pl.Float64}
_PAIRS: Final = {"node_a": pl.UInt32, "node_b": pl.UInt32, "scope": pl.String, **_WEIGHED}

# Grades of a pair, as Splink numbers the levels. Of a name: 4 the same words, 3 the same but for slips, 2 one has words
# the other lacks, 1 a whole word differs on both sides, 0 all do. Of a birth: 2 equal, 1 a slip, 0 two people's.
_MACROS: Final = (
    """CREATE MACRO slip(a, b) AS CASE WHEN abs(length(a) - length(b)) > 3 THEN false ELSE damerau_levenshtein(a, b)
       <= CASE WHEN length(a) < 3 OR length(b) < 3 THEN 0 ELSE least((least(length(a), length(b)) + 2) // 4, 3)
       END END""",
    """CREATE MACRO alike(a, b) AS CASE WHEN a.word = b.word THEN true
       WHEN length(a.word) = 1 THEN starts_with(b.word, a.word) WHEN length(b.word) = 1 THEN starts_with(a.word, b.word)
       WHEN (a.known AND b.known) OR (a.syllable AND b.syllable) THEN false
       WHEN least(length(a.word), length(b.word)) > 3
         AND (starts_with(a.word, b.word) OR starts_with(b.word, a.word)) THEN true
       ELSE slip(a.word, b.word) END""",
    """CREATE MACRO unpaired(a, b) AS len(list_filter(a, lambda x: len(list_filter(b, lambda y: alike(x, y))) = 0))""",
    "CREATE MACRO same_words(a, b) AS unpaired(a, b) = 0 AND unpaired(b, a) = 0",
    f"""CREATE MACRO birth_grade(a, b) AS CASE WHEN a = b THEN 2
       WHEN abs(a[:4]::INT - b[:4]::INT) >= {GENERATION_YEARS} THEN 0
       WHEN damerau_levenshtein(a, b) <= 1
         OR (a[:4] <> b[:4])::INT + (a[5:6] <> b[5:6])::INT + (a[7:] <> b[7:])::INT = 1
         OR (a[:4] = b[:4] AND a[5:6] = b[7:] AND a[7:] = b[5:6]) THEN 1 ELSE 0 END""",
    "CREATE MACRO text_slip(a, b) AS CASE WHEN slip(a, b) THEN true ELSE jaro_winkler_similarity(a, b) >= 0.93 END",
)

_BLOCKING: Final = (
    *("birth", "birth zip_code", "birth city_match", "birth ward_match", "birth word"),
    *("name_match", "name_match zip_code", "name_match city_match", "name_match ward_match"),
    *("address_match", "address_match zip_code", "address_match city_match", "address_match word"),
    *("zip_code ward_match", "zip_code word"),
)

# How often a level holds for one person (m) and for two (u): where training starts, and what stands without it.
_LEVELS: Final[dict[str, tuple[tuple[str, float, float], ...]]] = {
    "name_match": (
        ("name_match_l = name_match_r", 0.6, 0.0004),
        ("same_words(words_l, words_r) OR (letters_l = letters_r AND len(words_l) <> len(words_r))", 0.2, 0.0006),
        ("unpaired(words_l, words_r) = 0 OR unpaired(words_r, words_l) = 0", 0.08, 0.004),
        ("unpaired(words_l, words_r) < len(words_l)", 0.1, 0.1),
        ("ELSE", 0.02, 0.895),
    ),
    "birth": (
        ("birth_l = birth_r", 0.93, 0.00005),
        ("birth_grade(birth_l, birth_r) = 1", 0.03, 0.003),
        ("ELSE", 0.04, 0.99695),
    ),
    "address_match": (
        ("address_match_l = address_match_r", 0.55, 0.0001),
        ("text_slip(closed_address_l, closed_address_r)", 0.25, 0.0005),
        ("text_slip(street_l, street_r)", 0.12, 0.004),
        ("ELSE", 0.08, 0.9954),
    ),
}
_LEVEL: Final = ("sql_condition", "m_probability", "u_probability")
_AREAS: Final = {"ward_match": 0.003, "district_match": 0.03, "city_match": 0.02, "zip_code": 0.003}


def is_installed() -> bool:
    """Whether the optional extra is there."""
    return importlib.util.find_spec("splink") is not None


def find_probable_links(described: pl.DataFrame, threshold_probability: float, seed: int = _SEED) -> pl.DataFrame:
    """Pairs of nodes that are probably one person, above a threshold; the same in whatever order the rows come.

    Only nodes with a name, and a birth date or an address, are compared, and only within their scope. Two nodes are
    compared when they share a blocking key: a birth date, name or address, or two of their parts. Of each kind of key,
    those shared by more than 100 nodes are dropped, and then the most shared ones until no more than 5 pairs for each
    node are left, so that a birth date given 100,000 times costs nothing.

    Pairs that agree on a name and a birth date alone, or also on a large city, are never more than suggestions.

    Args:
        described: What `describe_nodes` gave.
        threshold_probability: From which match probability on a pair is returned.
        seed: Which nodes the model is trained on, where there are more than it needs.

    Returns:
        node_a < node_b, scope, match_weight (a binary logarithm) and match_probability, sorted by the nodes.
    """
    people = _comparable(described)
    keys = _blocking_keys(people)
    if keys.is_empty():
        return pl.DataFrame(schema=_PAIRS)
    people = people.join(keys, on="node", how="left", maintain_order="left")
    with duckdb.connect() as connection:
        for statement in ("SET enable_progress_bar = false", *_MACROS):
            connection.execute(statement)
        connection.register("people_frame", people.to_arrow())
        connection.execute("CREATE TABLE people AS SELECT * FROM people_frame ORDER BY node")
        slips = _slips(connection)
        pairs = _found(connection, people, min(threshold_probability, SUGGEST_PROBABILITY), seed)
    judged = _judged(pairs, people, slips)
    return judged.filter(pl.col("match_probability") >= threshold_probability).sort("node_a", "node_b")


def _comparable(described: pl.DataFrame) -> pl.DataFrame:
    """The nodes that can be compared, by node, with what comparisons need."""
    birth = pl.col("birth_date").dt.strftime("%Y%m%d").alias("birth")
    has_enough = pl.col("name_match").is_not_null() & (birth.is_not_null() | pl.col("address_match").is_not_null())
    people = described.filter(has_enough).sort("node")
    people = people.select("node", "scope", "name_match", birth, "address_match", *_AREAS)
    words = (
        people.select("node", "scope", "birth", word=pl.col("name_match").str.split(" "))
        .explode("word")
        .with_columns(
            known=pl.col("birth").n_unique().over("scope", "word") >= _KNOWN_FROM,
            syllable=pl.col("word").str.contains(_SYLLABLE),
        )
        .group_by("node", maintain_order=True)
        .agg("word", words=pl.struct("word", "known", "syllable"))
    )
    closed, most = pl.col("address_match").str.replace_all(" ", ""), _SMALL_PLACE * pl.len().over("scope")
    return people.join(words, on="node", maintain_order="left").with_columns(
        *((pl.len().over("scope", area) <= most).alias(f"{area}_is_small") for area in _AREAS),
        closed_address=closed,
        street=closed.str.replace_all("[0-9]", "").replace("", None),
        letters=pl.col("name_match").str.replace_all(" ", "").str.split("").list.sort().list.join(""),
        same_birth=_if_held_by_few("birth"),
        same_address=_if_held_by_few("address_match"),
    )


def _if_held_by_few(column: str) -> pl.Expr:
    """The value with its scope, or null where too many nodes hold it for all their pairs to be looked at."""
    value = pl.concat_str("scope", column, separator="\x1f")
    return pl.when(pl.len().over("scope", column) <= _LARGEST_BLOCK).then(value)


def _blocking_keys(people: pl.DataFrame) -> pl.DataFrame:
    """The nodes with their blocking keys: node, keys; every kind of key is within its limits."""
    by_word = people.drop("words").explode("word")
    found = [_keys_of(by_word if "word" in kind.split() else people, kind) for kind in _BLOCKING]
    return pl.concat(found).group_by("node").agg(pl.col("key").sort().alias("keys")).sort("node")


def _keys_of(rows: pl.DataFrame, kind: str) -> pl.DataFrame:
    """node, key of the keys of one kind that are shared, but not by too many; hashes, which need less room."""
    parts = kind.split()
    keys = rows.drop_nulls(parts).select("node", key=pl.struct(pl.lit(kind).alias("kind"), "scope", *parts).hash(1))
    sizes = keys.group_by("key").len("size").filter(pl.col("size").is_between(2, _LARGEST_BLOCK))
    pairs = (pl.col("size") * (pl.col("size").cast(pl.Int64) - 1) * pl.col("len") // 2).cum_sum()
    most = _PAIRS_PER_ROW * max(rows["node"].n_unique(), 100)
    affordable = sizes.group_by("size").len().sort("size").filter(pairs <= most)
    return keys.join(sizes.join(affordable, on="size", how="semi"), on="key", how="semi").unique()


def _comparisons(*, by_frequency: bool) -> list[dict[str, Any]]:
    """The comparisons in Splink's words; agreement on a rare value weighs more where values are worth counting."""
    comparisons: list[dict[str, Any]] = []
    for column in (*_LEVELS, *_AREAS):
        equal, slip, u = f"{column}_l = {column}_r", f"text_slip({column}_l, {column}_r)", _AREAS.get(column, 0.0)
        levels = _LEVELS.get(column, ((equal, 0.8, u), (slip, 0.1, 0.005), ("ELSE", 0.1, 0.995 - u)))
        written: list[dict[str, Any]] = [dict(zip(_LEVEL, level, strict=True)) for level in levels]
        written[0] |= {"tf_adjustment_column": column} if by_frequency else {}
        missing = {"sql_condition": f"{column}_l IS NULL OR {column}_r IS NULL", "is_null_level": True}
        comparisons.append({"output_column_name": column, "comparison_levels": [missing, *written]})
    return comparisons


def _found(connection: duckdb.DuckDBPyConnection, people: pl.DataFrame, threshold: float, seed: int) -> pl.DataFrame:
    """The pairs Splink finds: node_l, node_r, their weight and probability, and the grade of each comparison."""
    from splink import Linker, SettingsCreator, block_on
    from splink.internals.duckdb.database_api import DuckDBAPI

    def linker(comparisons: list[dict[str, Any]]) -> Linker:
        settings = SettingsCreator(
            link_type="dedupe_only",
            unique_id_column_name="node",
            comparisons=[*comparisons],
            blocking_rules_to_generate_predictions=[block_on("keys", arrays_to_explode=["keys"])],
            probability_two_random_records_match=_prior(people),
            max_iterations=_EM_STEPS,
        )
        return Linker(DuckDBAPI(connection).register("people"), settings, log_level=None, validate_settings=False)

    logging.getLogger("splink").setLevel(logging.CRITICAL)
    both = (_pairs_sharing(people, "same_birth"), _pairs_sharing(people, "same_address"))
    is_trained = min(both) >= _FEWEST_TRAINING_PAIRS
    comparisons = _comparisons(by_frequency=is_trained)
    if is_trained:
        pupil = linker(_comparisons(by_frequency=False))
        pupil.training.estimate_u_using_random_sampling(max_pairs=_TRAINING_PAIRS, seed=seed, min_count_per_level=None)
        _learn(comparisons, pupil.misc.save_model_to_json())
        for block in (("address_match", "same_address"), ("birth", "same_birth")):
            pupil = linker(comparisons)
            # Splink refuses a chance that vanishes, of a level only strangers reach: this block then teaches nothing.
            with contextlib.suppress(ValueError):
                pupil.training.estimate_parameters_using_expectation_maximisation(
                    block_on(*block), estimate_without_term_frequencies=True, max_pairs=_TRAINING_PAIRS
                )
                _learn(comparisons, pupil.misc.save_model_to_json())
    found = linker(comparisons).inference.predict(threshold_match_probability=threshold)
    kept = f"SELECT node_l, node_r, match_weight, match_probability, COLUMNS('gamma_.*') FROM {found.physical_name}"
    return pl.DataFrame(connection.sql(kept).to_arrow_table())


def _learn(comparisons: list[dict[str, Any]], model: dict[str, Any]) -> None:
    """Take over what was trained; never less than a tenth of what a level had before, as no data prove slips away."""
    for comparison, learned in zip(comparisons, model["comparisons"], strict=True):
        levels = zip(comparison["comparison_levels"][1:], learned["comparison_levels"][1:], strict=True)
        for (level, after), chance in itertools.product(levels, ("m_probability", "u_probability")):
            if isinstance(after.get(chance), float):
                level[chance] = max(after[chance], level[chance] / 10)


def _prior(people: pl.DataFrame) -> float:
    """The probability that two random nodes are one person, from the pairs with one name and one birth date."""
    scopes = people.group_by("scope").len()["len"].cast(pl.Int64)
    compared = int((scopes * (scopes - 1) // 2).sum())
    equal = people.select(both=pl.concat_str("scope", "name_match", "birth", separator="\x1f"))
    found = max(_pairs_sharing(equal, "both"), 1)
    return min(found / _EQUAL_SHARE / max(compared, 1), 0.01)


def _pairs_sharing(rows: pl.DataFrame, key: str) -> int:
    sizes = rows.drop_nulls(key).group_by(key).len("n").filter(pl.col("n") <= _LARGEST_BLOCK)["n"].cast(pl.Int64)
    return int((sizes * (sizes - 1) // 2).sum())


def _slips(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Whether contradicting names, and births, at one address are slips, not relatives: scope, names_slip, births_slip.

    Twins are far rarer than other relatives, and so are sons with their father's name. Where pairs at one address and
    with one birth date but two names outnumber the pairs that differ in both, they cannot be twins: no families live
    at these addresses, and names were written wrongly. The same holds for births under one name.
    """
    counted = connection.sql("""
        WITH neighbours AS (
            SELECT NOT unpaired(a.words, b.words) = 0 AND NOT unpaired(b.words, a.words) = 0 AS two_names, a.scope,
                   a.name_match = b.name_match AS one_name, birth_grade(a.birth, b.birth) AS birth
            FROM people a JOIN people b ON a.same_address = b.same_address AND a.node < b.node
            WHERE (a.zip_code = b.zip_code OR a.city_match = b.city_match) AND a.street <> a.closed_address)
        SELECT scope, count(*) FILTER (two_names AND birth = 2) AS names, count(*) FILTER (one_name AND birth = 0)
            AS births, count(*) FILTER (two_names AND birth = 0) AS relatives FROM neighbours GROUP BY scope""")
    chance = pl.max_horizontal("relatives", _FEWEST_SLIPS)
    slips = (pl.col(kind).gt(chance).alias(f"{kind}_slip") for kind in ("names", "births"))
    return pl.DataFrame(counted.to_arrow_table()).select("scope", *slips)


def _judged(pairs: pl.DataFrame, people: pl.DataFrame, slips: pl.DataFrame) -> pl.DataFrame:
    """The pairs in their form, without contradictions; suggestions at most where only a large place agrees as well."""
    names, births = pl.col("gamma_name_match") >= 2, pl.col("gamma_birth") != 0
    slip = {kind: pl.col(f"{kind}_slip").fill_null(value=False) for kind in ("names", "births")}
    agree = (names | slip["names"]) & (births | slip["births"]) & (names | births)
    small = pl.any_horizontal((pl.col(f"gamma_{area}") == 2) & pl.col(f"{area}_is_small") for area in _AREAS)
    in_place = (pl.col("gamma_address_match") >= 2) | small
    weight, most = pl.col("match_weight"), math.log2(SUGGEST_PROBABILITY / (1 - SUGGEST_PROBABILITY))
    return (
        pairs.join(people.select("node", "scope", cs.ends_with("_is_small")), left_on="node_l", right_on="node")
        .join(slips, on="scope", how="left")
        .filter(agree)
        .with_columns(match_weight=pl.when(in_place).then(weight).otherwise(pl.min_horizontal(weight, most)).round(6))
        .select(
            node_a=pl.min_horizontal("node_l", "node_r").cast(pl.UInt32),
            node_b=pl.max_horizontal("node_l", "node_r").cast(pl.UInt32),
            **{column: pl.col(column) for column in ("scope", "match_weight")},
            match_probability=(1 / (1 + 2 ** -pl.col("match_weight"))).round(9),
        )
    )
