"""descriptions -> links between records that everything they say makes one person's, and pairs for a person to judge.

The plan: find the pairs worth comparing; learn from a sample of them what agreement is worth; compare all, and keep
those whose probability reaches the one from which on two records are joined, or shown for review.
"""

from dataclasses import dataclass
from typing import Final

import polars as pl

from cdp_pipeline.identity.agreement import FEATURES
from cdp_pipeline.identity.matching.candidates import find_candidates
from cdp_pipeline.identity.matching.comparison import comparing
from cdp_pipeline.identity.matching.model import ATTRIBUTES, Model, probability, train
from cdp_pipeline.identity.matching.records import comparable_records
from cdp_pipeline.identity.overrides import Decisions
from cdp_pipeline.identity.tables import SUGGESTED_LINKS
from cdp_pipeline.identity.vetoes import vetoed_pairs

TRAINING_PAIRS: Final = 50_000

BARE_PROBABILITY: Final = 0.9999
"""What two records need that have no more in common than name, birth date and area, where the records of one person
mostly share a contact: in every large base some people of one name were born on one day, and the data hold no proof."""

_NAMED: Final = ("name", "gender")
"""What never joins two records alone, however rare the name."""

_BARE: Final = (*_NAMED, "birth", "contact", "area")
_NEVER: Final = 2.0
_CONTACTS_TELL: Final = -1.0
"""Bits by which having no contact in common speaks against one person, where most records of one share some."""

_PAIRS: Final = {
    "node_a": pl.UInt32,
    "node_b": pl.UInt32,
    "scope": pl.String,
    "score": pl.Float64,
    "match_probability": pl.Float64,
    "rule": pl.String,
    "evidence": pl.String,
    "needed": pl.Float64,
}


@dataclass(frozen=True)
class Probable:
    """What the model found.

    Attributes:
        pairs: node_a < node_b, scope, score, match_probability, rule (what speaks for one person), evidence (each
            attribute's level and bits, in words) and needed (the probability that it takes to join the two, where more
            than the usual) of all pairs worth a look, sorted by the nodes.
        links: Those that join records, in the form of links.
        model: What agreement was worth; null where there was nothing to compare.
    """

    pairs: pl.DataFrame
    links: pl.DataFrame
    model: Model | None


def find_probable(described: pl.DataFrame, identifiers: pl.DataFrame, merge_at: float, suggest_at: float) -> Probable:
    """Compare records that share something, and keep the pairs that are probably one person.

    Args:
        described: What `describe_nodes` gave.
        identifiers: node, kind, value, status.
        merge_at: From which probability on a pair is a link.
        suggest_at: From which one on it is worth a person's look.
    """
    records = comparable_records(described, identifiers)
    keys = find_candidates(records) if records.height > 1 else pl.DataFrame()
    if keys.is_empty():
        none = pl.DataFrame(schema=_PAIRS)
        return Probable(none, _links(none, merge_at), None)
    scopes = records.group_by("scope").len("people").sort("scope")["people"]
    with comparing(records, keys) as pairs:
        sample, part = pairs.sample(TRAINING_PAIRS)
        model = train(sample, part, scopes)
        chunks = pairs.chunks() if part < 1 else [sample]
        kept = [_worth_a_look(chunk, model, min(merge_at, suggest_at)) for chunk in chunks]
    found = pl.concat([pl.DataFrame(schema=_PAIRS), *kept])
    return Probable(found, _links(found, merge_at), model)


def _worth_a_look(compared: pl.DataFrame, model: Model, least: float) -> pl.DataFrame:
    scored = compared.hstack(model.score(compared)).with_columns(match_probability=probability(pl.col("score")))
    kept = scored.filter(pl.col("match_probability") >= least)
    weights = model.weights(kept)
    bits = {attribute: pl.lit(weights[attribute]) for attribute in ATTRIBUTES}
    beyond_name, beyond = (
        pl.sum_horizontal(bits[name].clip(0) for name in ATTRIBUTES if name not in left_out)
        for left_out in (_NAMED, _BARE)
    )
    told, speaking = [], []
    for attribute, levels in ATTRIBUTES.items():
        words = pl.col(attribute).replace_strict(
            list(range(len(levels))), [level.words for level in levels.values()], default=None, return_dtype=pl.String
        )
        told.append(pl.format("{} {}", words, bits[attribute].round(1)))
        speaking.append(pl.when(pl.col(attribute).is_not_null() & (bits[attribute] > 1)).then(pl.lit(attribute)))
    return kept.select(
        pl.col("node_a", "node_b").cast(pl.UInt32),
        "scope",
        pl.col("score").round(6),
        "match_probability",
        rule=pl.concat_str(pl.lit("alike_in"), *speaking, separator="_", ignore_nulls=True),
        evidence=pl.concat_str(*told, separator="; ", ignore_nulls=True),
        needed=pl.when(beyond_name < 1)
        .then(_NEVER)
        .when((beyond == 0) & (bits["contact"] < _CONTACTS_TELL))
        .then(BARE_PROBABILITY),
    )


def _links(pairs: pl.DataFrame, merge_at: float) -> pl.DataFrame:
    needed = pl.max_horizontal("needed", pl.lit(merge_at))
    return pairs.filter(pl.col("match_probability") >= needed).select(
        "node_a",
        "node_b",
        "scope",
        "rule",
        kind=pl.lit("alike"),
        value=pl.lit(None, pl.String),
        strength=pl.lit("weak"),
        weight="score",
    )


def suggested_links(probable: Probable, described: pl.DataFrame, people: pl.DataFrame, said: Decisions) -> pl.DataFrame:
    """SUGGESTED_LINKS: pairs of different persons with a profile that nothing vetoes and nobody has decided on.

    Args:
        probable: What the model found.
        described: The columns of `FEATURES` by node.
        people: node, record_key, person_id, is_published.
        said: What a person decided.
    """
    person = people.filter("is_published").select("node", "record_key", "person_id")
    apart = (
        probable.pairs.join(said.different, on=["node_a", "node_b"], how="anti")
        .join(person, left_on="node_a", right_on="node")
        .join(person, left_on="node_b", right_on="node", suffix="_b")
        .filter(pl.col("person_id") != pl.col("person_id_b"))
        .rename({"score": "match_weight"})
    )
    features = described.select("node", *FEATURES)
    compared = apart.join(features, left_on="node_a", right_on="node").join(
        features, left_on="node_b", right_on="node", suffix="_b"
    )
    vetoed = vetoed_pairs(compared).select("node_a", "node_b")
    return (
        SUGGESTED_LINKS.conform(
            apart.join(vetoed, on=["node_a", "node_b"], how="anti")
            .rename({"record_key": "record_key_a", "person_id": "person_id_a"})
            .lazy()
        )
        .sort("match_probability", "record_key_a", "record_key_b", descending=[True, False, False])
        .collect()
    )
