"""records -> links between records that everything they say makes one person's, and pairs for a person to judge.

The plan: find the pairs worth comparing; learn from a sample of them what agreement is worth, unless a model is kept
that tells; compare all, and keep those whose probability reaches the one from which on two records are joined, or shown
for review.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final

import polars as pl

from cdp_pipeline.backend import Workspace
from cdp_pipeline.identity.matching.candidates import HOLDING_ONE, find_candidates
from cdp_pipeline.identity.matching.comparison import comparing
from cdp_pipeline.identity.matching.model import ATTRIBUTES, Model, level_words, probability, train
from cdp_pipeline.identity.matching.records import find_records

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

_ENDS: Final = ("node_a", "node_b")
EXPECTED: Final = {"threshold": pl.Float64, "pairs": pl.Int64, "precision": pl.Float64, "recall": pl.Float64}
"""The columns of what is expected of thresholds."""

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

    Makes `probable`, the pairs worth a look: node_a < node_b, scope, score, probability, rule (what speaks for one
    person), evidence (each attribute's level and bits, in words) and needed (the probability that it takes to join the
    two, where more than the usual). And `scored`, the same of other pairs that hold one identifier: they teach the
    model nothing, and join nobody by their score.

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
        for table in ("probable", "scored"):
            work.write(table, PAIRS.to_frame())
        return Matching(kept, pl.DataFrame(schema=EXPECTED))
    work.run(HOLDING_ONE)
    asked, least = work.scan("holding_one").collect(), min(merge_at, suggest_at)
    others, sums = [PAIRS.to_frame()], []
    with comparing(work, "candidates") as pairs:
        if kept and not kept.is_outgrown(records):
            trained, in_force, chunks = kept, kept.at(scopes), pairs.chunks()
        else:
            sample, part = pairs.sample(TRAINING_PAIRS)
            trained = in_force = train(sample, part, scopes)
            chunks = pairs.chunks() if part < 1 else iter([sample])

        def worth_a_look() -> Iterator[pl.DataFrame]:
            nonlocal asked
            for chunk in chunks:
                scored = _scored(chunk, in_force)
                sums.append(_sums(scored, merge_at))
                rest = scored.filter(pl.col("probability") < least)
                others.append(_told(rest.join(asked, on=_ENDS, how="semi"), in_force))
                asked = asked.join(scored, on=_ENDS, how="anti")
                yield _told(scored.filter(pl.col("probability") >= least), in_force)

        work.write_parts("probable", PAIRS, worth_a_look())
        work.write_parts(
            "scored", PAIRS, chain(others, (_told(_scored(chunk, in_force), in_force) for chunk in pairs.of(asked)))
        )
    return Matching(trained, _expected(sums))


def _scored(compared: pl.DataFrame, model: Model) -> pl.DataFrame:
    return compared.hstack(model.score(compared)).with_columns(probability=probability(pl.col("score")))


def _sums(scored: pl.DataFrame, merge_at: float) -> pl.DataFrame:
    """By threshold how many pairs reach it, and the sum of their probabilities; at 0 that of all pairs."""
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


def _told(scored: pl.DataFrame, model: Model) -> pl.DataFrame:
    """What is kept of compared pairs, with what their score is made of, in words."""
    bits = model.bits(scored)
    told, speaking = [], []
    for attribute in bits:
        told.append(pl.format("{} {}", level_words(attribute), bits[attribute].round(1)))
        speaking.append(pl.when(pl.col(attribute).is_not_null() & (bits[attribute] > 1)).then(pl.lit(attribute)))
    return scored.select(
        "node_a",
        "node_b",
        "scope",
        pl.col("score").round(6),
        "probability",
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
        pl.sum_horizontal(bits[name].clip(0) for name in bits if name not in left_out)
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
