"""descriptions -> vetoes: pairs that are never one person, whatever links them, directly or through a chain.

A veto needs a stronger contradiction than the separation of two holders of one phone (`agreement.py`): a typo vetoes
nothing. `cuts.py` keeps clusters free of vetoed pairs.
"""

import polars as pl

from cdp_pipeline.identity.agreement import (
    FEATURES,
    births_contradict,
    births_of_two_generations,
    names_or_nicknames_agree,
    one_is_joint,
)
from cdp_pipeline.identity.documents import documents_contradict
from cdp_pipeline.values.text_distance import damerau_levenshtein

LETTERS_PER_TYPO = 5
"""The letters of differing words for each typo allowed in them; An and Anh, which are shorter, are different names."""


def vetoed_pairs(pairs: pl.DataFrame, suffix: str = "_b") -> pl.DataFrame:
    """The vetoed pairs, with column `veto`; other pairs are left out.

    Vetoes, the first that applies:

    1. `identity_numbers_differ`, `passports_differ`: two documents that one person cannot have, see `documents.py`.
    2. `joint_name`: exactly one record is in the name of two people.
    3. `births_differ`: birth dates contradict, and names differ.
    4. `generations_differ`: whole birth dates are a generation apart, as those of a father and his namesake son.
    5. `genders_differ`: genders and names differ.

    Names differ if they neither agree nor differ only by typos. Equal document numbers override vetoes 3 to 5: the
    issuing authority treats the holders as one person.

    Args:
        pairs: Any columns, among them those of `FEATURES` and the same ones with `suffix`. Nulls contradict nothing.
        suffix: The suffix of the other side's columns.
    """
    suspicious = pairs.filter(
        _differ("identity_no", suffix)
        | _differ("passport_no", suffix)
        | _differ("gender", suffix)
        | _births_contradict(suffix)
        | one_is_joint("name_match", f"name_match{suffix}")
    )
    if suspicious.is_empty():
        return suspicious.with_columns(veto=pl.lit(None, pl.String))
    compared = suspicious.with_columns(_same_name=may_be_one_name(suspicious, suffix))
    a_generation = births_of_two_generations("birth_date", f"birth_date{suffix}", "birth_year", f"birth_year{suffix}")
    same_name = compared["_same_name"]
    one_document = _same("identity_no", suffix) | _same("passport_no", suffix)
    veto = (
        pl.when(documents_contradict(compared, "identity_no", suffix, same_name))
        .then(pl.lit("identity_numbers_differ"))
        .when(documents_contradict(compared, "passport_no", suffix, same_name))
        .then(pl.lit("passports_differ"))
        .when(one_is_joint("name_match", f"name_match{suffix}"))
        .then(pl.lit("joint_name"))
        .when(~one_document & _births_contradict(suffix) & ~pl.col("_same_name"))
        .then(pl.lit("births_differ"))
        .when(~one_document & a_generation)
        .then(pl.lit("generations_differ"))
        .when(~one_document & _differ("gender", suffix) & ~pl.col("_same_name"))
        .then(pl.lit("genders_differ"))
    )
    return compared.with_columns(veto=veto).filter(pl.col("veto").is_not_null()).select(*pairs.columns, "veto")


def vetoed_links(pairs: pl.DataFrame, described: pl.DataFrame) -> pl.DataFrame:
    """The vetoed pairs of nodes: node_a, node_b, veto.

    Args:
        pairs: node_a and node_b.
        described: node, each once, and the columns of `FEATURES`.
    """
    features = described.select("node", *FEATURES)
    both = pairs.join(features, left_on="node_a", right_on="node")
    both = both.join(features, left_on="node_b", right_on="node", suffix="_b")
    return vetoed_pairs(both).select("node_a", "node_b", "veto")


def vetoed_within(descriptions: pl.DataFrame, group: str) -> pl.DataFrame:
    """The vetoed pairs of descriptions within each group: the group, description < description_b, veto.

    All pairs of a group are compared, so the size of groups must be bounded.

    Args:
        descriptions: Column `group`, `description` (its number) and the columns of `FEATURES`; one row per
            description and group.
        group: The name of the group's column.
    """
    known = descriptions.filter(pl.col("description").n_unique().over(group) > 1)
    pairs = (
        known.select(group, "description")
        .join(known.select(group, description_b="description"), on=group)
        .filter(pl.col("description") < pl.col("description_b"))
    )
    described = descriptions.select("description", *FEATURES).unique("description")
    other = described.rename({name: f"{name}_b" for name in ("description", *FEATURES)})
    # Each pair of descriptions is compared once, in however many groups it occurs.
    compared = vetoed_pairs(
        pairs.select("description", "description_b")
        .unique()
        .join(described, on="description")
        .join(other, on="description_b")
    )
    return pairs.join(
        compared.select("description", "description_b", "veto"), on=["description", "description_b"]
    ).sort(group, "description", "description_b")


def may_be_one_name(pairs: pl.DataFrame, suffix: str) -> pl.Series:
    """Whether the names agree, or differ only by typos; never null.

    Args:
        pairs: `name_match`, `nick_match`, and the same ones with `suffix`.
        suffix: The suffix of the other side's columns.
    """
    return names_or_nicknames_agree(pairs, suffix) | _differ_by_typos(pairs, suffix)


def _differ_by_typos(pairs: pl.DataFrame, suffix: str) -> pl.Series:
    """Whether the words that only one of the names has are equal except for typos; never null.

    Typos are counted by Damerau-Levenshtein distance, one for every LETTERS_PER_TYPO letters.
    """
    left, right = pl.col("name_match").str.split(" "), pl.col(f"name_match{suffix}").str.split(" ")
    rest = pairs.select(
        a=left.list.set_difference(right).list.sort().list.join(" "),
        b=right.list.set_difference(left).list.sort().list.join(" "),
    )
    letters = pl.min_horizontal(pl.col("a").str.len_chars(), pl.col("b").str.len_chars())
    is_typo = rest.with_columns(distance=damerau_levenshtein(rest["a"], rest["b"])).select(
        (pl.col("distance") * LETTERS_PER_TYPO <= letters).fill_null(value=False)
    )
    return is_typo.to_series()


def _births_contradict(suffix: str) -> pl.Expr:
    return births_contradict("birth_date", f"birth_date{suffix}", "birth_year", f"birth_year{suffix}")


def _differ(column: str, suffix: str) -> pl.Expr:
    return (pl.col(column) != pl.col(f"{column}{suffix}")).fill_null(value=False)


def _same(column: str, suffix: str) -> pl.Expr:
    return (pl.col(column) == pl.col(f"{column}{suffix}")).fill_null(value=False)
