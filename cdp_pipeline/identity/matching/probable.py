"""records -> links between records that are probably one person by their score, and pairs for review.

1. Find candidate pairs.
2. Train a model on a sample of them, unless a kept model is used.
3. Score all candidate pairs, and keep those with at least the probability of a link or of a suggestion.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final

import polars as pl

from cdp_pipeline.backend import Workspace
from cdp_pipeline.identity.clustering.vetoes import vetoed_links
from cdp_pipeline.identity.matching.candidates import HOLDING_ONE, find_candidates
from cdp_pipeline.identity.matching.comparison import comparing
from cdp_pipeline.identity.matching.model import ATTRIBUTES, Model, level_words, packaged_model, probability, train
from cdp_pipeline.identity.matching.nodes import describe_nodes
from cdp_pipeline.identity.matching.records import find_records

TRAINING_PAIRS: Final = 50_000

BARE_PROBABILITY: Final = 0.9999
"""The probability needed if only name and birth date agree, where records of one person mostly share a contact: in any
large data set some people with the same name were born on the same day."""

_NAMED: Final = ("name", "gender")
"""Attributes that never join two records alone, however rare the name."""

AREA_PROBABILITY: Final = 0.95
"""The probability needed if only name, birth date and area agree."""

_BARE: Final = (*_NAMED, "birth", "contact")
NEVER: Final = 2.0
"""More than any probability."""

_TWO_NAMES: Final = [
    list(ATTRIBUTES["name"]).index(level) for level in ("slip", "nickname", "doubt", "shared", "other")
]
"""Levels at which differing genders mean two people: Mario and Maria, twins with one address and phone."""

_GENERATION: Final = list(ATTRIBUTES["birth"]).index("generation")
"""The level of births of a father and his namesake son, who share phone and home."""

_MOSTLY_SHARED_CONTACTS: Final = -1.0
"""The bits of a differing contact below which records of one person mostly share a contact."""

THRESHOLDS: Final = (0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999)
"""Probabilities for which precision and recall are estimated."""

_ENDS: Final = ("node_a", "node_b")
EXPECTED: Final = {"threshold": pl.Float64, "pairs": pl.Int64, "precision": pl.Float64, "recall": pl.Float64}
"""The columns of `Matching.expected`."""

PAIRS: Final = pl.Schema(
    {
        "node_a": pl.Int64(),
        "node_b": pl.Int64(),
        "scope": pl.String(),
        "score": pl.Float64(),
        "probability": pl.Float64(),
        "rule": pl.String(),
        "evidence": pl.String(),
        "needed": pl.Float64(),
    }
)


@dataclass(frozen=True)
class Matching:
    """The model of a run and its estimates.

    Attributes:
        model: The trained model; the kept model if it was used, or if there were no pairs. None without both.
        expected: The estimates by threshold, see `_expected`.
    """

    model: Model | None
    expected: pl.DataFrame


def find_probable(work: Workspace, merge_at: float, suggest_at: float, kept: Model | None = None) -> Matching:
    """Compare records that share a blocking key, and keep the pairs that are probably one person.

    Makes `probable`, the pairs for links and suggestions: node_a < node_b, scope, score, probability, rule (the
    attributes that agree), evidence (each attribute's level and bits, in words) and needed (the probability needed for
    a link, if higher than usual). Makes also `scored`, with the same columns: other pairs of holders of one identifier.
    They are not used for training, and their score makes no link.

    Args:
        work: The workspace with `nodes`, `identifiers` and `crowded`.
        merge_at: The least probability of a link.
        suggest_at: The least probability of a suggestion.
        kept: The model to use, unless records have outgrown it; None to train a model.
    """
    scopes = find_records(work)
    records = int(scopes.sum())
    find_candidates(work, records)
    if not work.scalar("SELECT COUNT(*) FROM candidates", "candidates"):
        for table in ("probable", "scored"):
            work.write(table, PAIRS.to_frame())
        return Matching(kept, pl.DataFrame(schema=EXPECTED))
    work.run(HOLDING_ONE)
    unscored, least = work.scan("holding_one").collect(), min(merge_at, suggest_at)
    others, sums = [PAIRS.to_frame()], []
    with comparing(work, "candidates") as pairs:
        if kept and not kept.is_outgrown(records):
            trained, in_force, chunks = kept, kept.at(scopes), pairs.chunks()
        else:
            sample, part = pairs.sample(TRAINING_PAIRS)
            trained = in_force = train(sample, part, scopes)
            chunks = pairs.chunks() if part < 1 else iter([sample])

        def probable_pairs() -> Iterator[pl.DataFrame]:
            nonlocal unscored
            for chunk in chunks:
                scored = _scored(chunk, in_force)
                sums.append(_sums(scored, merge_at))
                rest = scored.filter(pl.col("probability") < least)
                others.append(_with_evidence(rest.join(unscored, on=_ENDS, how="semi"), in_force))
                unscored = unscored.join(scored, on=_ENDS, how="anti")
                yield _with_evidence(scored.filter(pl.col("probability") >= least), in_force)

        work.write_parts("probable", PAIRS, probable_pairs())
        work.write_parts(
            "scored",
            PAIRS,
            chain(others, (_with_evidence(_scored(chunk, in_force), in_force) for chunk in pairs.of(unscored))),
        )
    return Matching(trained, _expected(sums))


def _scored(compared: pl.DataFrame, model: Model) -> pl.DataFrame:
    return compared.hstack(model.score(compared)).with_columns(probability=probability(pl.col("score")))


def _sums(scored: pl.DataFrame, merge_at: float) -> pl.DataFrame:
    """By threshold the number of pairs that reach it, and the sum of their probabilities; 0 stands for all pairs."""
    thresholds = sorted({0.0, merge_at, *THRESHOLDS})
    reached = [scored.filter(pl.col("probability") >= least)["probability"] for least in thresholds]
    return pl.DataFrame(
        {
            "threshold": thresholds,
            "pairs": [found.len() for found in reached],
            "probable": [float(found.sum()) for found in reached],
        }
    )


def _expected(sums: list[pl.DataFrame]) -> pl.DataFrame:
    """The model's estimate of precision and recall by threshold; threshold 0 stands for all candidate pairs.

    Columns: threshold, pairs (how many reach it), precision (their share of pairs of one person, null if no pair
    reaches it) and recall (the share of all candidate pairs of one person that reaches it, null if there are none).
    Pairs that are no candidates do not count.
    """
    if not sums:
        return pl.DataFrame(schema=EXPECTED)
    totals = pl.concat(sums).group_by("threshold").agg(pl.col("pairs", "probable").sum()).sort("threshold")
    all_probable = pl.col("probable").first()
    return totals.select(
        "threshold",
        "pairs",
        # Rounded, because sums of fractions differ in their last digits with the order of rows.
        precision=pl.when(pl.col("pairs") > 0).then(pl.col("probable") / pl.col("pairs")).round(6),
        recall=pl.when(all_probable > 0).then(pl.col("probable") / all_probable).round(6),
    )


def _with_evidence(scored: pl.DataFrame, model: Model) -> pl.DataFrame:
    """The columns of PAIRS of scored pairs, with the parts of their score in words."""
    bits = model.bits(scored)
    parts, agreeing = [], []
    for attribute in bits:
        parts.append(pl.format("{} {}", level_words(attribute), bits[attribute].round(1)))
        agreeing.append(pl.when(pl.col(attribute).is_not_null() & (bits[attribute] > 1)).then(pl.lit(attribute)))
    return scored.select(
        "node_a",
        "node_b",
        "scope",
        pl.col("score").round(6),
        "probability",
        rule=pl.concat_str(pl.lit("alike_in"), *agreeing, separator="_", ignore_nulls=True),
        evidence=pl.concat_str(*parts, separator="; ", ignore_nulls=True),
        needed=needed(bits),
    )


def needed(bits: Mapping[str, pl.Expr]) -> pl.Expr:
    """The probability needed to join two records, if higher than usual; else null. For frames with the pairs' levels.

    1. NEVER, if only the name agrees, however rare, or if genders and names differ.
    2. `BARE_PROBABILITY`, if only name and birth date agree, and the missing common contact counts against one person.
       Also if births are a generation apart, and only name, contact, area and address agree.
    3. `AREA_PROBABILITY`, if only name, birth date and area agree, and the missing common contact counts likewise.

    Args:
        bits: By attribute, the bits of its level.
    """
    beyond_name, beyond_birth, beyond_area, beyond_home = (
        pl.sum_horizontal(bits[name].clip(0) for name in bits if name not in left_out)
        for left_out in (_NAMED, _BARE, (*_BARE, "area"), (*_BARE, "area", "address"))
    )
    no_contact = bits["contact"] < _MOSTLY_SHARED_CONTACTS
    family_contact = (pl.col("birth") == _GENERATION) & (bits["contact"] > 0)
    return (
        pl.when((beyond_name < 1) | ((bits["gender"] < 0) & pl.col("name").is_in(_TWO_NAMES)))
        .then(NEVER)
        .when((no_contact & (beyond_birth == 0)) | (family_contact & (beyond_home == 0)))
        .then(BARE_PROBABILITY)
        .when(no_contact & (beyond_area == 0))
        .then(AREA_PROBABILITY)
    )


def probable_links(pairs: pl.DataFrame, merge_at: float) -> pl.DataFrame:
    """The pairs that reach the needed probability, with the columns of `Links.links`.

    Args:
        pairs: The table `probable` of `find_probable`.
        merge_at: The least probability of a link.
    """
    return pairs.filter(pl.col("probability") >= pl.max_horizontal("needed", pl.lit(merge_at))).select(
        "node_a",
        "node_b",
        "scope",
        "rule",
        kind=pl.lit("alike"),
        value=pl.lit(None, pl.String),
        strength=pl.lit("weak"),
        weight="score",
    )


def compare_between(
    work: Workspace, model: Model | None, merge_at: float, ones: pl.Series, others: pl.Series
) -> pl.DataFrame:
    """Compare all records of one group with all of another, candidates or not.

    Frequencies of values are counted among all records, as in a run.

    Args:
        work: The workspace with `nodes`, `identifiers` and `crowded`.
        model: The model in force; None for the packaged one.
        merge_at: The least probability of a link.
        ones: Nodes of one group.
        others: Nodes of the other group; the two may have nodes in common.

    Returns:
        A row per pair within a scope, the highest score first: node_a (of one group), node_b (of the other), levels (a
        list of attribute, words and bits, for the attributes known of both), before (the score without any attribute),
        relatives (the bits that relatives would explain, at most 0), score (the sum of all these), probability, needed
        (the least probability at which the pair is a link) and veto (null without one). Records that do not describe a
        person by name are in no pair.
    """
    scopes = find_records(work)
    asked = pl.concat([ones, others])
    known = work.scan("records").select("node", "scope").filter(pl.col("node").is_in(asked.implode())).collect()
    first, second = (known.filter(pl.col("node").is_in(nodes.implode())) for nodes in (ones, others))
    pairs = (
        first.join(second, on="scope", suffix="_b")
        .filter(pl.col("node") != pl.col("node_b"))
        .select(node_a=pl.min_horizontal("node", "node_b"), node_b=pl.max_horizontal("node", "node_b"))
        .unique()
    )
    work.write("asked", pairs)
    with comparing(work, "asked", unlikely=True) as compared_pairs:
        compared = compared_pairs.all()
    in_force = model.at(scopes) if model else packaged_model(scopes)
    bits = in_force.bits(compared)
    levels = [
        pl.when(pl.col(attribute).is_not_null()).then(
            pl.struct(attribute=pl.lit(attribute), words=level_words(attribute), bits=bits[attribute])
        )
        for attribute in bits
    ]
    scored = compared.hstack(in_force.score(compared)).with_columns(
        pl.concat_list(levels).list.drop_nulls().alias("levels"),
        before=pl.lit(in_force.before),
        probability=probability(pl.col("score")),
        needed=pl.max_horizontal(needed(bits), pl.lit(merge_at)),
    )
    nodes, identifiers = (
        work.scan(table).filter(pl.col("node").is_in(asked.implode())).collect() for table in ("nodes", "identifiers")
    )
    vetoes = vetoed_links(scored.select("node_a", "node_b"), describe_nodes(nodes, identifiers))
    scored = scored.join(vetoes, on=["node_a", "node_b"], how="left")
    # Pairs are compared with the smaller node first, and returned with the node of `ones` first.
    turned = ~pl.col("node_a").is_in(ones.implode()) | ~pl.col("node_b").is_in(others.implode())
    return scored.sort("score", "node_a", "node_b", descending=[True, False, False]).select(
        pl.when(turned).then("node_b").otherwise("node_a").alias("node_a"),
        pl.when(turned).then("node_a").otherwise("node_b").alias("node_b"),
        "levels", "before", "relatives", "score", "probability", "needed", "veto",
    )  # fmt: skip
