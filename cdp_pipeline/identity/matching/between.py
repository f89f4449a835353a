"""Two groups of records -> the comparison of each record of one with each of the other, for explanations."""

import polars as pl

from cdp_pipeline.backend import Workspace
from cdp_pipeline.identity.descriptions import describe_nodes
from cdp_pipeline.identity.matching.comparison import comparing
from cdp_pipeline.identity.matching.model import Model, level_words, packaged_model, probability
from cdp_pipeline.identity.matching.probable import needed
from cdp_pipeline.identity.matching.records import find_records
from cdp_pipeline.identity.vetoes import vetoed_links


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
