"""changed nodes -> all nodes whose persons these changes can touch.

Two nodes are near each other when they hold one thing in common: an identifier, a customer id of one company, a link, a
person id of the run before. Whatever identity decides, it decides among nodes that are near each other, directly or
through others; so what is not near a change stays as it is.
"""

from collections.abc import Iterable

import polars as pl

THINGS = pl.Schema({"node": pl.UInt64(), "thing": pl.UInt64()})
"""Nodes and what they hold, both by a hash: two that share one by chance only make the neighbourhood larger."""


def things(rows: pl.DataFrame, node: str, *columns: str, kind: str) -> pl.DataFrame:
    """One row per node and thing that it holds, as `THINGS`; rows with a null hold nothing.

    Args:
        rows: Any rows.
        node: The column with the key of the node.
        columns: What makes the thing, together with `kind`.
        kind: Keeps things of different kinds apart.
    """
    held = rows.select(node, *columns).drop_nulls()
    return held.select(
        pl.col(node).hash(seed=0).alias("node"),
        pl.struct(pl.lit(kind).alias("_kind"), *columns).hash(seed=0).alias("thing"),
    )


def near(changed: pl.Series, held: Iterable[pl.DataFrame], most: int) -> pl.Series | None:
    """The hashes of all nodes that are near the changed ones and of these; null when there are more than `most`.

    The number of rounds is the length of the longest chain from a change.

    Args:
        changed: Keys of nodes, not hashed.
        held: Frames of `THINGS`, together all there is.
        most: Where more nodes are near, working on all costs no more.
    """
    every = pl.concat([*held, THINGS.to_frame()])
    found = changed.hash(seed=0).unique().rename("node")
    frontier = found
    seen = pl.Series("thing", [], pl.UInt64)
    while frontier.len():
        touched = every.filter(pl.col("node").is_in(frontier.implode()))["thing"].unique()
        new_things = touched.filter(~touched.is_in(seen.implode()))
        seen = pl.concat([seen, new_things])
        nodes = every.filter(pl.col("thing").is_in(new_things.implode()))["node"].unique()
        frontier = nodes.filter(~nodes.is_in(found.implode()))
        found = pl.concat([found, frontier])
        if found.len() > most:
            return None
    return found
