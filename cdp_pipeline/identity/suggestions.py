"""descriptions -> what probabilistic matching adds: links under the same vetoes, or suggestions for a person.

The model stands in `probabilistic.py`; here stands what is done with what it finds.
"""

from dataclasses import dataclass
from typing import Literal

import polars as pl

from cdp_pipeline.identity import probabilistic
from cdp_pipeline.identity.agreement import FEATURES
from cdp_pipeline.identity.overrides import Decisions
from cdp_pipeline.identity.rules import IdentityRules
from cdp_pipeline.identity.tables import SUGGESTED_LINKS
from cdp_pipeline.identity.vetoes import vetoed_pairs

Matching = Literal["off", "suggest", "merge"]

_LINKS = {
    "node_a": pl.UInt32,
    "node_b": pl.UInt32,
    "scope": pl.String,
    "rule": pl.String,
    "kind": pl.String,
    "value": pl.String,
    "strength": pl.String,
    "weight": pl.Float64,
}


@dataclass(frozen=True)
class Probable:
    """What the model found.

    Attributes:
        pairs: node_a, node_b, match_weight, match_probability of all pairs worth a look.
        links: Those that join records, in the form of links; none unless merging was asked for.
    """

    pairs: pl.DataFrame
    links: pl.DataFrame


def find_probable(described: pl.DataFrame, matching: Matching, rules: IdentityRules) -> Probable:
    """Let the model compare the descriptions, unless matching is off.

    Args:
        described: What `describe_nodes` gave.
        matching: `suggest` gives pairs to look at, `merge` links as well.
        rules: From which probability on a pair is a link, and worth a look.
    """
    none = pl.DataFrame(schema=_LINKS)
    if matching == "off":
        empty = {"node_a": pl.UInt32, "node_b": pl.UInt32, "match_weight": pl.Float64, "match_probability": pl.Float64}
        return Probable(pl.DataFrame(schema=empty), none)
    merge_at = rules.merge_probability or probabilistic.MERGE_PROBABILITY
    look_at = min(merge_at, rules.suggest_probability or probabilistic.SUGGEST_PROBABILITY)
    pairs = probabilistic.find_probable_links(described, look_at)
    links = pairs.filter(pl.col("match_probability") >= merge_at).select(
        "node_a",
        "node_b",
        "scope",
        rule=pl.lit("probably_one_person"),
        kind=pl.lit("probabilistic"),
        value=pl.lit(None, pl.String),
        strength=pl.lit("weak"),
        # Below all attribute links, whose weight is positive; a probability of less than one has a negative logarithm.
        weight=pl.col("match_probability") - 1,
    )
    return Probable(pairs, links if matching == "merge" else none)


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
