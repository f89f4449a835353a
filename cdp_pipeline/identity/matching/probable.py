"""records -> links between records that everything they say makes one person's, and pairs for a person to judge.

The plan: find the pairs worth comparing; learn from a sample of them what agreement is worth, unless a model is kept
that tells; compare all, and keep those whose probability reaches the one from which on two records are joined, or shown
for review.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from cdp_pipeline.backend import Workspace
from cdp_pipeline.identity.matching.candidates import find_candidates
from cdp_pipeline.identity.matching.comparison import comparing
from cdp_pipeline.identity.matching.model import ATTRIBUTES, Model, level_words, probability, train
from cdp_pipeline.identity.matching.records import find_records
from cdp_pipeline.identity.tables import SUGGESTED_LINKS
from cdp_pipeline.identity.vetoes import vetoed_links

TRAINING_PAIRS: Final = 50_000

BARE_PROBABILITY: Final = 0.9999
"""What two records need that have no more in common than name and birth date, where the records of one person mostly
share a contact: in every large base some people of one name were born on one day, and the data hold no proof."""

_NAMED: Final = ("name", "gender")
"""What never joins two records alone, however rare the name."""

AREA_PROBABILITY: Final = 0.95
"""What they need that have the area in common beside."""

_BARE: Final = (*_NAMED, "birth", "contact")
NEVER: Final = 2.0
"""More than any probability."""

_TWO_NAMES: Final = [
    list(ATTRIBUTES["name"]).index(level) for level in ("slip", "nickname", "doubt", "shared", "other")
]
"""Levels at which two genders are two people's: Mario and Maria, twins of one address and phone."""

_GENERATION: Final = list(ATTRIBUTES["birth"]).index("generation")
"""The level of births at which a father and his namesake son have phone and home in common."""

_CONTACTS_TELL: Final = -1.0
"""Bits by which having no contact in common speaks against one person, where most records of one share some."""

THRESHOLDS: Final = (0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999)
"""Probabilities of which is told what they would find."""

EXPECTED: Final = {"threshold": pl.Float64, "pairs": pl.Int64, "precision": pl.Float64, "recall": pl.Float64}
"""The columns of what is expected of thresholds."""

PAIRS: Final = pl.Schema(
    {
        "node_a": pl.Int64(),
        "node_b": pl.Int64(),
        "scope": pl.String(),
        "score": pl.Float64(),
        "match_probability": pl.Float64(),
        "rule": pl.String(),
        "evidence": pl.String(),
        "needed": pl.Float64(),
    }
)


@dataclass(frozen=True)
class Matching:
    """What agreement is worth.

    Attributes:
        model: As it was trained: the kept model itself where that was used, or nothing was compared. None where there
            is neither.
        expected: What is expected of a threshold, see `_expected`.
    """

    model: Model | None
    expected: pl.DataFrame


def find_probable(work: Workspace, merge_at: float, suggest_at: float, kept: Model | None = None) -> Matching:
    """Compare records that share something, and keep the pairs that are probably one person.

    Makes `probable`, the pairs worth a look: node_a < node_b, scope, score, match_probability, rule (what speaks for
    one person), evidence (each attribute's level and bits, in words) and needed (the probability that it takes to join
    the two, where more than the usual).

    Args:
        work: Where `nodes`, `identifiers` and `crowded` are.
        merge_at: From which probability on a pair is a link.
        suggest_at: From which one on it is worth a person's look.
        kept: The model to use, unless records have outgrown it; without one, a model is trained.
    """
    scopes = find_records(work)
    records = int(scopes.sum())
    find_candidates(work, records)
    if not work.scalar("SELECT COUNT(*) FROM candidates", "candidates"):
        work.write("probable", PAIRS.to_frame())
        return Matching(kept, pl.DataFrame(schema=EXPECTED))
    sums: list[pl.DataFrame] = []
    with comparing(work, "candidates") as pairs:
        if kept and not kept.is_outgrown(records):
            trained, in_force, chunks = kept, kept.at(scopes), pairs.chunks()
        else:
            sample, part = pairs.sample(TRAINING_PAIRS)
            trained = in_force = train(sample, part, scopes)
            chunks = pairs.chunks() if part < 1 else iter([sample])
        found = (_kept(chunk, in_force, merge_at, suggest_at, sums) for chunk in chunks)
        work.write_parts("probable", PAIRS, found)
    return Matching(trained, _expected(sums))


def _kept(
    chunk: pl.DataFrame, model: Model, merge_at: float, suggest_at: float, sums: list[pl.DataFrame]
) -> pl.DataFrame:
    """The pairs of a chunk that are worth a look; what all of its pairs add up to is appended to `sums`."""
    scored = chunk.hstack(model.score(chunk)).with_columns(match_probability=probability(pl.col("score")))
    sums.append(_sums(scored, merge_at))
    return _worth_a_look(scored, model, min(merge_at, suggest_at))


def _sums(scored: pl.DataFrame, merge_at: float) -> pl.DataFrame:
    """By threshold how many pairs reach it, and the sum of their probabilities; at 0 that of all pairs."""
    thresholds = sorted({0.0, merge_at, *THRESHOLDS})
    reached = [scored.filter(pl.col("match_probability") >= least)["match_probability"] for least in thresholds]
    return pl.DataFrame(
        {
            "threshold": thresholds,
            "pairs": [found.len() for found in reached],
            "probable": [float(found.sum()) for found in reached],
        }
    )


def _expected(sums: list[pl.DataFrame]) -> pl.DataFrame:
    """What the model expects of each threshold, if it is right; ordered by threshold, 0 stands for all candidate pairs.

    Columns: threshold, pairs (how many reach it), precision (the part of them that is of one person, null where none
    reaches it) and recall (the part of all candidate pairs of one person that reaches it, null where there is none).
    Pairs that are never compared count nowhere.
    """
    if not sums:
        return pl.DataFrame(schema=EXPECTED)
    totals = pl.concat(sums).group_by("threshold").agg(pl.col("pairs", "probable").sum()).sort("threshold")
    every = pl.col("probable").first()
    return totals.select(
        "threshold",
        "pairs",
        # Rounded, as sums of fractions differ in their last digits with the order of rows.
        precision=pl.when(pl.col("pairs") > 0).then(pl.col("probable") / pl.col("pairs")).round(6),
        recall=pl.when(every > 0).then(pl.col("probable") / every).round(6),
    )


def _worth_a_look(scored: pl.DataFrame, model: Model, least: float) -> pl.DataFrame:
    kept = scored.filter(pl.col("match_probability") >= least)
    bits = model.bits(kept)
    told, speaking = [], []
    for attribute in ATTRIBUTES:
        told.append(pl.format("{} {}", level_words(attribute), bits[attribute].round(1)))
        speaking.append(pl.when(pl.col(attribute).is_not_null() & (bits[attribute] > 1)).then(pl.lit(attribute)))
    return kept.select(
        "node_a",
        "node_b",
        "scope",
        pl.col("score").round(6),
        "match_probability",
        rule=pl.concat_str(pl.lit("alike_in"), *speaking, separator="_", ignore_nulls=True),
        evidence=pl.concat_str(*told, separator="; ", ignore_nulls=True),
        needed=needed(bits),
    )


def needed(bits: Mapping[str, pl.Expr]) -> pl.Expr:
    """The probability that it takes to join two records, where more than the usual; else null.

    A name alone joins nobody, however rare, nor do two names of two genders; for name and birth date alone see
    `BARE_PROBABILITY`. The same is needed where births are a generation apart at one phone, and only the home agrees
    beside. To be asked of pairs with their levels.

    Args:
        bits: By attribute, what its level is worth.
    """
    beyond_name, beyond_birth, beyond_area, beyond_home = (
        pl.sum_horizontal(bits[name].clip(0) for name in ATTRIBUTES if name not in left_out)
        for left_out in (_NAMED, _BARE, (*_BARE, "area"), (*_BARE, "area", "address"))
    )
    no_contact = bits["contact"] < _CONTACTS_TELL
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
    """The pairs that join their records, in the form of links.

    Args:
        pairs: What `find_probable` found.
        merge_at: From which probability on a pair is a link.
    """
    return pairs.filter(pl.col("match_probability") >= pl.max_horizontal("needed", pl.lit(merge_at))).select(
        "node_a",
        "node_b",
        "scope",
        "rule",
        kind=pl.lit("alike"),
        value=pl.lit(None, pl.String),
        strength=pl.lit("weak"),
        weight="score",
    )


def suggested_links(
    pairs: pl.DataFrame, described: pl.DataFrame, people: pl.DataFrame, different: pl.DataFrame
) -> pl.DataFrame:
    """SUGGESTED_LINKS: pairs of different persons with a profile that nothing vetoes and nobody has decided on.

    Args:
        pairs: What `find_probable` found.
        described: The columns of `FEATURES` by node.
        people: node, record_key, person_id, is_published.
        different: node_a, node_b that a person called different.
    """
    person = people.filter("is_published").select("node", "record_key", "person_id")
    apart = (
        pairs.join(different, on=["node_a", "node_b"], how="anti")
        .join(person, left_on="node_a", right_on="node")
        .join(person, left_on="node_b", right_on="node", suffix="_b")
        .filter(pl.col("person_id") != pl.col("person_id_b"))
        .rename({"score": "match_weight"})
    )
    vetoed = vetoed_links(apart.select("node_a", "node_b"), described)
    return (
        SUGGESTED_LINKS.conform(
            apart.join(vetoed, on=["node_a", "node_b"], how="anti")
            .rename({"record_key": "record_key_a", "person_id": "person_id_a"})
            .lazy()
        )
        .sort("match_probability", "record_key_a", "record_key_b", descending=[True, False, False])
        .collect()
    )
