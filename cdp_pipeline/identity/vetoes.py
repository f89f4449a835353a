"""descriptions -> vetoes: pairs that are never one person, whatever links them and through however long a chain.

A veto needs more than a shared phone's doubt: a slip of the keyboard vetoes nothing. What merely keeps two holders of
one phone apart stands in `agreement.py`; how clusters are kept free of vetoed pairs, in `cuts.py`.
"""

import polars as pl

from cdp_pipeline.identity.agreement import (
    FEATURES,
    a_fathers_and_sons,
    births_contradict,
    called_agree,
    one_is_joint,
)
from cdp_pipeline.identity.documents import documents_contradict
from cdp_pipeline.values.text_distance import damerau_levenshtein

LETTERS_PER_SLIP = 5
"""One slip is forgiven for every five letters in which names differ; shorter ones (An and Anh) are other names."""


def vetoed_pairs(pairs: pl.DataFrame, suffix: str = "_b") -> pl.DataFrame:
    """The pairs that are vetoed, with column `veto`; pairs that are not are left out.

    Vetoes, the first that applies: `identity_numbers_differ`, `passports_differ` (two documents that one person cannot
    have, see `documents.py`), `joint_name` (the record of two people is of neither), `births_differ` (birth dates
    contradict, and so do the names), `generations_differ` (the names agree, but whole birth dates are a generation
    apart, as a father's and his namesake son's), `genders_differ` (and so do the names). Names that agree, or that a
    slip of the keyboard makes equal, are not different. Who bear one document number are one person to the authority
    that gave it, whatever else a clerk has typed.

    Args:
        pairs: Any columns, among them those of `FEATURES` and the same ones with `suffix`. Nulls contradict nothing.
        suffix: What marks the columns of the other side.
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
    judged = suspicious.with_columns(_same_name=may_be_one_name(suspicious, suffix))
    a_generation = a_fathers_and_sons("birth_date", f"birth_date{suffix}", "birth_year", f"birth_year{suffix}")
    same_name = judged["_same_name"]
    one_document = _same("identity_no", suffix) | _same("passport_no", suffix)
    veto = (
        pl.when(documents_contradict(judged, "identity_no", suffix, same_name))
        .then(pl.lit("identity_numbers_differ"))
        .when(documents_contradict(judged, "passport_no", suffix, same_name))
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
    return judged.with_columns(veto=veto).filter(pl.col("veto").is_not_null()).select(*pairs.columns, "veto")


def vetoed_links(pairs: pl.DataFrame, described: pl.DataFrame) -> pl.DataFrame:
    """The vetoed ones among pairs of nodes: node_a, node_b, veto.

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

    Every pair of a group is compared, so groups must be bounded.

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
    # Two descriptions are compared once, in however many groups they meet.
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
    """Whether the names agree, or differ by a slip of the keyboard only; never null.

    Args:
        pairs: `name_match`, `nick_match`, and the same ones with `suffix`.
        suffix: What marks the columns of the other side.
    """
    return called_agree(pairs, suffix) | _nearly_same(pairs, suffix)


def _nearly_same(pairs: pl.DataFrame, suffix: str) -> pl.Series:
    """Whether what the two names do not have in common is the same but for a slip."""
    left, right = pl.col("name_match").str.split(" "), pl.col(f"name_match{suffix}").str.split(" ")
    rest = pairs.select(
        a=left.list.set_difference(right).list.sort().list.join(" "),
        b=right.list.set_difference(left).list.sort().list.join(" "),
    )
    letters = pl.min_horizontal(pl.col("a").str.len_chars(), pl.col("b").str.len_chars())
    near = rest.with_columns(slips=damerau_levenshtein(rest["a"], rest["b"])).select(
        (pl.col("slips") * LETTERS_PER_SLIP <= letters).fill_null(value=False)
    )
    return near.to_series()


def _births_contradict(suffix: str) -> pl.Expr:
    return births_contradict("birth_date", f"birth_date{suffix}", "birth_year", f"birth_year{suffix}")


def _differ(column: str, suffix: str) -> pl.Expr:
    return (pl.col(column) != pl.col(f"{column}{suffix}")).fill_null(value=False)


def _same(column: str, suffix: str) -> pl.Expr:
    return (pl.col(column) == pl.col(f"{column}{suffix}")).fill_null(value=False)
