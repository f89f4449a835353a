"""edges -> connected components of a graph of numbered nodes, in memory: of a bucket's records, of a company's homes.

Hook and pointer jump (after Shiloach and Vishkin, 1982), on whole columns: each root hooks onto the smallest
neighbouring root, trees are flattened by jumping, edges are contracted, until none is left. The number of rounds
grows with the logarithm of the longest chain, so a chain of 100,000 nodes takes no longer than a star.
"""

from dataclasses import dataclass, field

import polars as pl


def find_components(edges: pl.DataFrame, nodes: int) -> pl.Series:
    """The component of every node 0..nodes-1, named by its smallest node; a node without edges is its own component.

    Args:
        edges: Columns `a` and `b`, node numbers; direction, order, repeats and loops do not matter.
        nodes: The number of nodes.

    Returns:
        A series `component` of length `nodes`: position is the node, value the component's smallest node.
    """
    label = pl.Series("component", pl.int_range(nodes, dtype=pl.UInt32, eager=True))
    left = edges.select(pl.col("a").cast(pl.UInt32), pl.col("b").cast(pl.UInt32)).filter(pl.col("a") != pl.col("b"))
    while left.height:
        hooks = (
            pl.concat([left, left.select(pl.col("b").alias("a"), pl.col("a").alias("b"))])
            .group_by("a")
            .agg(pl.col("b").min())
            .filter(pl.col("b") < pl.col("a"))
        )
        parent = pl.int_range(nodes, dtype=pl.UInt32, eager=True).scatter(hooks["a"], hooks["b"])
        while True:
            grandparent = parent.gather(parent)
            if grandparent.equals(parent):
                break
            parent = grandparent
        label = parent.gather(label)
        left = (
            left.select(parent.gather(left["a"]).alias("a"), parent.gather(left["b"]).alias("b"))
            .filter(pl.col("a") != pl.col("b"))
            .unique()
        )
    return label.alias("component")


@dataclass
class DisjointSets:
    """Sets of nodes that are joined one by one, for loops in which each join depends on the earlier ones.

    Every node begins in a set of its own; a set is named by one of its nodes, its root.
    """

    _parent: dict[int, int] = field(default_factory=dict)

    def root(self, node: int) -> int:
        """The root of the set of a node."""
        while (above := self._parent.get(node, node)) != node:
            self._parent[node] = node = self._parent.get(above, above)
        return node

    def attach(self, root: int, to: int) -> None:
        """Join the set of one root to that of another, which remains the root."""
        self._parent[root] = to
