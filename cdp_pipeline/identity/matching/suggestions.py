"""links with status -> the same links with suggestions: probable pairs that stayed two persons, for review.

Scores belong to `model.py`, the pairs that a score joins to `probable.py`.
"""

import polars as pl

from cdp_pipeline.identity.clustering.vetoes import vetoed_links
from cdp_pipeline.identity.matching.probable import NEVER

BELOW_THRESHOLD = "below_threshold"
NAME_ALONE = "name_alone"
LIKE_RELATIVES = "like_namesakes_or_relatives"
"""The reasons why a score was not enough: see `needed` in `probable.py`."""


def with_suggestions(
    links: pl.DataFrame, pairs: pl.DataFrame, described: pl.DataFrame, people: pl.DataFrame, different: pl.DataFrame
) -> pl.DataFrame:
    """The links with a row for each probable pair that stayed two persons.

    Such a pair is `vetoed`, with the veto as reason, or else `suggested`. The reason of a suggestion is the one for
    which its link was cut, or why its score was not enough. The row replaces a link that was cut. Pairs that an
    operator decided to be different, and pairs with a person without a profile, get no such row.

    Args:
        links: `Cut.links` of `cut_clusters`.
        pairs: The table `probable` of `find_probable`.
        described: The columns of `FEATURES` by node.
        people: node and person_id of the nodes whose person has a profile.
        different: node_a, node_b that an operator decided to be different.
    """
    ends = ["node_a", "node_b"]
    apart = (
        pairs.join(different, on=ends, how="anti")
        .join(people, left_on="node_a", right_on="node")
        .join(people, left_on="node_b", right_on="node", suffix="_b")
        .filter(pl.col("person_id") != pl.col("person_id_b"))
    )
    is_cut = (pl.col("kind") == "alike") & (pl.col("status") == "cut")
    cut = links.filter(is_cut)
    found = (
        apart.join(vetoed_links(apart.select(ends), described), on=ends, how="left")
        .join(cut.select(*ends, cut="reason"), on=ends, how="left")
        .with_columns(
            kind=pl.lit("alike"),
            value=pl.lit(None, pl.String),
            strength=pl.lit("weak"),
            status=pl.when(pl.col("veto").is_null()).then(pl.lit("suggested")).otherwise(pl.lit("vetoed")),
            reason=pl.coalesce("veto", "cut", _too_little()),
        )
    )
    columns = [*ends, "scope", "rule", "kind", "value", "strength", "status", "reason"]
    others = [links.filter(~is_cut), cut.join(found, on=ends, how="anti")]
    return pl.concat([frame.select(columns) for frame in (*others, found)])


def _too_little() -> pl.Expr:
    """The reason why the score of a pair is not enough."""
    return (
        pl.when(pl.col("needed") >= NEVER)
        .then(pl.lit(NAME_ALONE))
        .when(pl.col("probability") < pl.col("needed"))
        .then(pl.lit(LIKE_RELATIVES))
        .otherwise(pl.lit(BELOW_THRESHOLD))
    )
