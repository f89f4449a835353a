"""descriptions -> links between people who share no phone, e-mail or id: the same name, birth date and place.

Certain cases only: at most one of the three is not exactly the same, and chance must be unable to explain the
agreement. What is merely probable stands in `probabilistic.py`; what is never one person in `vetoes.py`.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from cdp_pipeline.identity.agreement import births_contradict
from cdp_pipeline.identity.likeness import AREAS, PLACES, expected_strangers, name_words, with_name, with_place
from cdp_pipeline.values.text_distance import slips_between

CHANCE: Final = 1e-5
"""How many strangers may agree with a record by chance as well as its link does: among a million people, of whom none
is there twice, five pairs at most are linked; where one in a hundred is, at most one link in a thousand is wrong."""

KEY_CHANCE: Final = 0.05
"""How many strangers may share the two exact parts of a near miss by chance, for its pairs to be compared at all."""

PEOPLE: Final = 20_000
"""Frequencies in a smaller scope are taken as if among so many people: a few rows do not tell what is frequent."""

LOOKS: Final = 20
"""Where more different descriptions share two parts, they are no near misses of each other (a dormitory, a default)."""


NEAR_NUMBERS: Final = 1e-4
"""How likely two strangers' numbers are to differ in one letter only: nine digits have under a hundred neighbours."""

NEAR_DATES: Final = 100
"""Birth dates that differ from one in the day, the month, or the year by less than a generation, or are its swap."""


WRONG_NUMBERS: Final = 20
"""So many groups of one name, birth date and address, but of two numbers, tell that numbers are wrong or renewed."""

OTHER_NAMES: Final = 100
"""So many pairs of one birth date and address, but of different names, tell if names are wrong or people twins."""

PER_HOUSEMATE: Final = 20
"""So many of these pairs there must be for each pair of unlike name and age at one address, to be wrong names: of
those who live together, less than one pair in twenty are twins."""

_PARTS: Final = ("name", "birth", *PLACES)
_SOURCES: Final = ("name_match", "birth_date", *(f"{place}_match" for place in PLACES[:-1]), "zip_code")
_NUMBERS: Final = ("identity_no", "passport_no")
_DISTINCT: Final = ("gender", *_NUMBERS)
_LINKED: Final = ("node_a", "node_b", "scope", "rule", "chance")
_COMPARED: Final = (*_PARTS, *_DISTINCT, "node", "name_match", "birth_date", "birth_year", "address_match")


def find_attribute_links(described: pl.DataFrame) -> pl.DataFrame:
    """Links of kind `attributes` within each scope, one row per pair and rule, sorted; `value` is null.

    Where name, birth date and a part of the place are the same, stars around the smallest node of each group; where the
    name or the birth date is a near miss, one row per pair. The weight says how unlikely the agreement is by chance, in
    powers of ten. Nodes without name or birth date are linked to nobody, nor two whose gender differs, nor two whose
    identity or passport number differs: but where a scope has so many of these with one name, birth date and address
    that its numbers must be wrong or renewed, such a pair is linked if it has one address.

    Args:
        described: node, scope, name_match, birth_date, birth_year, gender, identity_no, passport_no, address_match,
            ward_match, district_match, city_match, zip_code; one row per node, in any order.
    """
    people = _with_wrong_numbers(
        _counted(described.filter(pl.col("name_match").is_not_null() & pl.col("birth_date").is_not_null()))
    )
    namesakes = people.filter(pl.len().over("name", "birth") > 1)
    return (
        pl.concat(
            [
                *(_same(namesakes, place) for place in PLACES),
                _near_birth_date(people),
                _near_name(people),
                _renumbered(people),
            ]
        )
        .select(
            *_LINKED[:-1],
            kind=pl.lit("attributes"),
            value=pl.lit(None, pl.String),
            strength=pl.lit("weak"),
            weight=-pl.col("chance").log10().round(6),
        )
        .sort("node_a", "node_b", "rule")
    )


def _counted(known: pl.DataFrame) -> pl.DataFrame:
    """The rows by node, with a number per value and scope of each part, and how frequent it is."""
    scope = pl.col("scope").cast(pl.Categorical).to_physical().cast(pl.UInt64) * 2**32
    values = [pl.col(source) if source == "birth_date" else pl.col(source).cast(pl.Categorical) for source in _SOURCES]
    return (
        known.sort("node")
        .with_columns((scope + value.to_physical()).alias(part) for part, value in zip(_PARTS, values, strict=True))
        .with_columns(rows=pl.len().over("scope").cast(pl.Float64))
        .with_columns(people=pl.max_horizontal("rows", pl.lit(PEOPLE, pl.Float64)))
        .with_columns((pl.len().over(part) / pl.col("people")).alias(f"{part}_rate") for part in _PARTS)
    )


def _with_wrong_numbers(people: pl.DataFrame) -> pl.DataFrame:
    """The rows with `numbers_err`: whether the numbers of the scope are often wrong or renewed.

    Namesakes of one birth date at one address are not found by chance; where many of them have two numbers, it is the
    numbers that differ and not the people.
    """
    key = ["name", "birth", "address"]
    alike = people.filter(pl.col("address").is_not_null() & (expected_strangers(*key) < CHANCE))
    two = pl.any_horizontal(pl.col(number).drop_nulls().n_unique() > 1 for number in _NUMBERS)
    found = alike.group_by("scope", *key).agg(two.alias("two")).group_by("scope").agg(pl.col("two").sum())
    wrong = found.filter(pl.col("two") >= WRONG_NUMBERS)["scope"]
    return people.with_columns(numbers_err=pl.col("scope").is_in(wrong.implode()))


def _same(people: pl.DataFrame, place: str) -> pl.DataFrame:
    """Stars of those who have name, birth date and `place` in common.

    Args:
        people: All those of whom several have one name and birth date.
        place: A part of the place.
    """
    key = ["name", "birth", place]
    alike = (
        people.with_columns(chance=expected_strangers("name", "birth", place))
        .filter(pl.col(place).is_not_null() & (pl.col("chance") < CHANCE))
        .filter(pl.len().over(key) > 1)
    )
    contested = pl.any_horizontal(pl.col(column).drop_nulls().n_unique().over(key) > 1 for column in _DISTINCT)
    # Where two differ in gender or number, who has none could be either of them.
    group = [*key, *(pl.when(contested).then(column).alias(f"_{column}") for column in _DISTINCT)]
    return (
        alike.with_columns(node_a=pl.col("node").min().over(group), node_b="node")
        .filter(pl.col("node_a") != pl.col("node_b"))
        .with_columns(rule=pl.lit(f"same_name_birth_date_and_{place}"))
        .select(_LINKED)
    )


def _near_birth_date(people: pl.DataFrame) -> pl.DataFrame:
    """Pairs of one name and place whose birth dates differ by a slip."""
    pairs = _pairs(people, [("name", place) for place in PLACES]).filter(
        (pl.col("birth") != pl.col("birth_b"))
        & ~births_contradict("birth_date", "birth_date_b", "birth_year", "birth_year_b")
    )
    near = pl.min_horizontal(1.0, pl.max_horizontal("birth_rate", "birth_rate_b") * NEAR_DATES)
    return (
        _placed(pairs)
        .with_columns(
            chance=expected_strangers("name", "place") * near,
            rule=pl.concat_str(pl.lit("same_name_near_birth_date_and_"), "place"),
        )
        .filter(pl.col("chance") < CHANCE)
        .select(_LINKED)
    )


def _near_name(people: pl.DataFrame) -> pl.DataFrame:
    """Pairs of one birth date and place whose names differ by slips, or by parts that one of them leaves out."""
    pairs = _pairs(people, [("birth", place) for place in PLACES]).filter(pl.col("name") != pl.col("name_b"))
    alike = (
        with_name(_placed(pairs), name_words(people))
        .with_columns(
            chance=expected_strangers("birth", "place", "common"),
            rule=pl.concat_str("likeness", pl.lit("_same_birth_date_and_"), "place"),
        )
        .filter(pl.col("chance") < CHANCE)
    )
    is_other = pl.col("likeness") == "other_name"
    wrong = _scopes_of_wrong_names(people, alike.filter(is_other & (pl.col("place") == "address")))
    # Without their addresses nothing tells whether two live together.
    one_person = alike.join(wrong, on="scope", how="semi").filter(~is_other | pl.col("one_address"))
    names_count = alike.join(wrong, on="scope", how="anti")
    links, apart = names_count.filter(~is_other), names_count.filter(is_other)
    links = links.join(_bridges(links, apart), on=["node_a", "node_b"], how="anti")
    return pl.concat([one_person, links]).select(_LINKED)


def _bridges(links: pl.DataFrame, apart: pl.DataFrame) -> pl.DataFrame:
    """The links of those who are linked to two people of different names, twins mostly: they could be either."""
    ends = ["node_a", "node_b"]
    both_ways = pl.concat([links.select(ends), links.select(node_a="node_b", node_b="node_a")])
    between = (
        apart.select(one="node_a", other="node_b")
        .join(both_ways.rename({"node_a": "one", "node_b": "middle"}), on="one")
        .join(both_ways.rename({"node_a": "other", "node_b": "middle"}), on=["other", "middle"])
    )
    bridges = pl.concat([between.select("middle", end="one"), between.select("middle", end="other")])
    return bridges.select(node_a=pl.min_horizontal("middle", "end"), node_b=pl.max_horizontal("middle", "end")).unique()


def _scopes_of_wrong_names(people: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """The scopes in which pairs of one birth date and address, but different names, are no twins: column scope.

    Twins live in families. Where hardly two people are at one address, and yet many such pairs, the names are wrong.
    """
    found = others.group_by("scope").agg(others=pl.len()).filter(pl.col("others") >= OTHER_NAMES)
    if found.is_empty():
        return found.select("scope")
    together = _pairs(people.join(found, on="scope", how="semi"), [("address", area) for area in AREAS])
    words, words_b = (pl.col(name).str.split(" ") for name in ("name_match", "name_match_b"))
    unlike = words.list.set_intersection(words_b).list.len() == 0
    housemates = (
        together.filter(unlike & births_contradict("birth_date", "birth_date_b", "birth_year", "birth_year_b"))
        .group_by("scope")
        .agg(housemates=pl.len())
    )
    return (
        found.join(housemates, on="scope", how="left")
        .filter(pl.col("housemates").fill_null(0) * PER_HOUSEMATE <= pl.col("others"))
        .select("scope")
    )


def _pairs(people: pl.DataFrame, keys: Sequence[tuple[str, str]]) -> pl.DataFrame:
    """The pairs of rows that share one of `keys`, each once, with the columns of the one and, with `_b`, of the other.

    Of rows that are the same in everything compared, only the first is paired. Left out are keys that many strangers
    share, and pairs that differ in gender, or in numbers that do not err; `numbers_differ` marks the rest of those.
    """
    # What makes a key rare is the same for rows that are the same in all parts.
    rows = people.with_row_index("row").unique([*_PARTS, *_DISTINCT], keep="first", maintain_order=True).lazy()
    found = []
    for key in keys:
        is_rare = expected_strangers(*key) < KEY_CHANCE
        held = (
            rows.filter(pl.all_horizontal(pl.col(part).is_not_null() for part in key) & is_rare)
            .filter(pl.len().over(key).is_between(2, LOOKS))
            .select(*key, "row")
        )
        both = held.join(held, on=key, suffix="_b").filter(pl.col("row") < pl.col("row_b"))
        found.append(both.select("row", "row_b"))
    ends = pl.concat(found).unique().collect()
    rates = [f"{part}_rate" for part in _PARTS]
    one = people.select("scope", "rows", "people", "numbers_err", *_COMPARED, *rates)[ends["row"]]
    other = people.select(pl.col(*_COMPARED, "birth_rate", "address_rate").name.suffix("_b"))[ends["row_b"]]
    differ = {column: (pl.col(column) != pl.col(f"{column}_b")).fill_null(value=False) for column in _DISTINCT}
    numbers_differ = pl.any_horizontal(differ[number] for number in _NUMBERS)
    return (
        pl.concat([one, other], how="horizontal")
        .filter(~differ["gender"] & (~numbers_differ | pl.col("numbers_err")))
        .with_columns(node_a="node", node_b="node_b", numbers_differ=numbers_differ)
    )


def _placed(pairs: pl.DataFrame) -> pl.DataFrame:
    """The pairs that agree in some part of the place; of those with two numbers the ones whose numbers may err."""
    placed = with_place(pairs)
    near = _near_number(placed)
    one_place = pl.col("one_address") | (pl.col("areas") >= 2)
    return placed.filter(~pl.col("numbers_differ") | near | one_place)


def _near_number(pairs: pl.DataFrame) -> pl.Series:
    """Whether one letter of their identity or passport numbers differs."""
    slips = [slips_between(pairs[number], pairs[f"{number}_b"]) for number in _NUMBERS]
    return pl.select(pl.any_horizontal((slip == 1).fill_null(value=False) for slip in slips)).to_series()


def _renumbered(people: pl.DataFrame) -> pl.DataFrame:
    """Pairs of one name and birth date whose numbers differ though they err: by one letter, or at one place."""
    pairs = _pairs(people, [("name", "birth")]).filter(pl.col("numbers_differ"))
    near = pairs.filter(_near_number(pairs)).select(
        "node_a",
        "node_b",
        "scope",
        rule=pl.lit("same_name_birth_date_and_near_number"),
        chance=expected_strangers("name", "birth") * NEAR_NUMBERS,
    )
    placed = _placed(pairs).select(
        "node_a",
        "node_b",
        "scope",
        rule=pl.concat_str(pl.lit("same_name_birth_date_other_number_and_"), "place"),
        chance=expected_strangers("name", "birth", "place"),
    )
    return pl.concat([near, placed]).filter(pl.col("chance") < CHANCE)
