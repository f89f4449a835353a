"""links -> clusters that hold together: no cluster holds a vetoed pair, and none is larger than the limit.

Where a component of the links does, its links are taken anew from the strongest to the weakest, and one that would
bring a vetoed pair together, or make the cluster too large, is cut. It stays in the table, marked as cut. Components
without such a pair, nearly all, are never looked at one by one.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from cdp_pipeline.identity.agreement import FEATURES
from cdp_pipeline.identity.descriptions import number_descriptions
from cdp_pipeline.identity.exemptions import without_exempt
from cdp_pipeline.identity.vetoes import vetoed_within
from cdp_pipeline.values.components import find_components

STRENGTHS = ("certain", "strong", "medium", "weak")
"""From a person's word to attributes that agree."""

_KINDS = ("identity_no", "passport_no", "customer_id", "email")
"""Within one strength the strong kinds first, all others behind: a mailbox is shared less often than a phone."""

_STAR = ("scope", "rule", "kind", "value", "node_a")
TOO_LARGE = "cluster_too_large"
SAID = "said_different"


@dataclass(frozen=True)
class Cut:
    """Clusters that hold together.

    Attributes:
        cluster: The cluster of every node, named by its smallest node.
        links: The links given, with `status` (`used` or `cut`) and `reason` (null, the veto, `said_different` or
            `cluster_too_large`). Beside a link that was cut there may be one more, from the same record to another
            holder of the identifier.
        cut_components: How many components were cut.
    """

    cluster: pl.Series
    links: pl.DataFrame
    cut_components: int


def cut_clusters(links: pl.DataFrame, described: pl.DataFrame, different: pl.DataFrame, largest: int) -> Cut:
    """Cut the components of the links until none holds a vetoed pair or is too large.

    A pair that a person called the same (a link of strength `certain`) is exempt from vetoes; one that they called
    different is vetoed. Size is counted in different descriptions, and in different identifiers that hold the cluster
    together: a thousand forms filled in with one name and one phone are one person, a chain of a thousand phones is
    not.

    Args:
        links: node_a, node_b, scope, rule, kind, value, strength, weight; node_a < node_b; stars around node_a.
        described: node (0..n-1 in order) and the columns of `FEATURES`.
        different: node_a, node_b that a person called different.
        largest: The limit of a cluster's size.
    """
    judged = links.with_columns(status=pl.lit("used"), reason=pl.lit(None, pl.String))
    components = 0
    cluster = _clusters(judged, described.height)
    # What was said of two who are in no cluster together anyway says nothing of others.
    different = different.filter(cluster.gather(different["node_a"]) == cluster.gather(different["node_b"]))
    descriptions = _numbered(described, different)
    for find_broken in (_too_large, _inconsistent):
        placed = judged.with_columns(cluster=cluster.gather(judged["node_a"]))
        within = descriptions.with_columns(cluster=cluster.gather(descriptions["node"]))
        broken, enemies = find_broken(placed, within, different, largest)
        if not broken.len():
            continue
        components += broken.len()
        is_broken = pl.col("cluster").is_in(broken.implode()) & (pl.col("status") == "used")
        members = within.filter(pl.col("cluster").is_in(broken.implode()))
        retaken = _Growing(dict(members.select("node", "description").iter_rows()), enemies, largest).take(
            placed.filter(is_broken)
        )
        judged = pl.concat([placed.filter(~is_broken), retaken]).drop("cluster")
        cluster = _clusters(judged, described.height)
    return Cut(cluster, judged, components)


def _clusters(judged: pl.DataFrame, nodes: int) -> pl.Series:
    used = judged.filter(pl.col("status") == "used")
    return find_components(used.select(a="node_a", b="node_b"), nodes)


def _numbered(described: pl.DataFrame, different: pl.DataFrame) -> pl.DataFrame:
    """Every node with a number for its description; nodes that a person told apart have one of their own."""
    told = pl.concat([different["node_a"], different["node_b"]]).unique()
    said = pl.when(pl.col("node").is_in(told.implode())).then("node")
    nodes = described.select("node", *FEATURES, said=said)
    _, number = number_descriptions(nodes, [*FEATURES, "said"], nodes.height)
    return nodes.drop("said").with_columns(description=number)


def _too_large(
    placed: pl.DataFrame, within: pl.DataFrame, _different: pl.DataFrame, largest: int
) -> tuple[pl.Series, "_Enemies"]:
    """The clusters of more descriptions or identifiers than the limit."""
    # Few clusters have so many rows; only these are counted.
    many_descriptions, many_stars = (rows.filter(pl.len().over("cluster") > largest) for rows in (within, placed))
    sizes = [
        many_descriptions.group_by("cluster").agg(pl.col("description").n_unique().alias("size")),
        many_stars.group_by("cluster").agg(pl.struct(_STAR).n_unique().alias("size")),
    ]
    over = pl.concat(sizes).filter(pl.col("size") > largest)
    return over["cluster"].unique().sort(), {}


_Enemies = Mapping[tuple[int, int], Mapping[int, str]]
"""By cluster and description: the descriptions that must not come into the same cluster, and why."""


def _inconsistent(
    placed: pl.DataFrame, within: pl.DataFrame, different: pl.DataFrame, _largest: int
) -> tuple[pl.Series, _Enemies]:
    """The clusters that hold a vetoed pair, and the pairs."""
    several = within.filter(pl.col("description").min().over("cluster") != pl.col("description").max().over("cluster"))
    conflicts = vetoed_within(several.unique(["cluster", "description"], maintain_order=True), "cluster")
    conflicts = without_exempt(conflicts, placed, within)
    same = placed.filter((pl.col("strength") == "certain") & (pl.col("status") == "used"))
    conflicts = conflicts.join(_called_same(same, within), on=["cluster", "description", "description_b"], how="anti")
    place = within.select("node", "cluster", "description")
    told = (
        different.join(place, left_on="node_a", right_on="node")
        .join(place, left_on=["node_b", "cluster"], right_on=["node", "cluster"], suffix="_b")
        .select("cluster", "description", "description_b", veto=pl.lit(SAID))
    )
    enemies: dict[tuple[int, int], dict[int, str]] = defaultdict(dict)
    for cluster, description, other, veto in pl.concat([conflicts, told], how="vertical_relaxed").iter_rows():
        enemies[cluster, description][other] = veto
        enemies[cluster, other][description] = veto
    return pl.Series("cluster", sorted({c for c, _ in enemies}), dtype=pl.UInt32), enemies


def _called_same(same: pl.DataFrame, within: pl.DataFrame) -> pl.DataFrame:
    """The pairs of descriptions that a person called the same, directly or through others.

    Columns: cluster, description, description_b.
    """
    group = find_components(same.select(a="node_a", b="node_b"), within.height)
    named = pl.concat([same["node_a"], same["node_b"]]).unique()
    members = within.filter(pl.col("node").is_in(named.implode())).select("cluster", "description", "node")
    members = members.with_columns(group=group.gather(members["node"])).unique(["cluster", "description", "group"])
    return members.join(members, on=["cluster", "group"], suffix="_b").select("cluster", "description", "description_b")


@dataclass
class _Grown:
    """What a cluster under construction holds."""

    descriptions: set[int]
    stars: set[tuple[object, ...]] = field(default_factory=set)


class _Growing:
    """Clusters grown link by link (Kruskal's order). Python per link, as each decision depends on those before."""

    def __init__(self, descriptions: Mapping[int, int], enemies: _Enemies, largest: int) -> None:
        self._parent = {node: node for node in descriptions}
        self._grown = {node: _Grown({description}) for node, description in descriptions.items()}
        self._enemies = enemies
        self._largest = largest

    def take(self, links: pl.DataFrame) -> pl.DataFrame:
        """The links with `status` and `reason`, and those that took the place of cut ones."""
        ordered = _strongest_first(links)
        verdicts: list[str | None] = []
        instead: list[tuple[int, int]] = []
        holders: dict[tuple[object, ...], list[int]] = defaultdict(list)
        for at, row in enumerate(ordered.select("cluster", "node_b", *_STAR).iter_rows()):
            cluster, b, *star = row
            a, has_value = star[-1], star[-2] is not None
            refusal = self._join(cluster, a, b, tuple(star))
            verdicts.append(refusal)
            known = holders[tuple(star)]
            if not known:
                known.append(a)
            if refusal and has_value:
                other = next((n for n in known[1:] if self._join(cluster, n, b, tuple(star)) is None), None)
                if other is not None:
                    instead.append((at, other))
                    continue
            if refusal:
                known.append(b)
        judged = ordered.with_columns(reason=pl.Series(verdicts, dtype=pl.String))
        judged = judged.with_columns(
            status=pl.when(pl.col("reason").is_null()).then(pl.lit("used")).otherwise(pl.lit("cut"))
        )
        return pl.concat([judged, _replaced(judged, instead)])

    def _join(self, cluster: int, a: int, b: int, star: tuple[object, ...]) -> str | None:
        """Join the clusters of two nodes; null when they are one now, else why they are not."""
        left, right = self._root(a), self._root(b)
        if left == right:
            return None
        small, big = sorted((left, right), key=lambda root: (len(self._grown[root].descriptions), root))
        refusal = self._veto(cluster, self._grown[small], self._grown[big])
        stars = self._grown[small].stars | self._grown[big].stars | {star}
        descriptions = self._grown[small].descriptions | self._grown[big].descriptions
        if refusal is None and max(len(stars), len(descriptions)) > self._largest:
            refusal = TOO_LARGE
        if refusal is None:
            self._parent[small] = big
            self._grown[big] = _Grown(descriptions, stars)
            del self._grown[small]
        return refusal

    def _veto(self, cluster: int, small: _Grown, big: _Grown) -> str | None:
        found = {
            veto
            for description in small.descriptions
            for other, veto in self._enemies.get((cluster, description), {}).items()
            if other in big.descriptions
        }
        return min(found, default=None)

    def _root(self, node: int) -> int:
        while self._parent[node] != node:
            self._parent[node] = self._parent[self._parent[node]]
            node = self._parent[node]
        return node


def _strongest_first(links: pl.DataFrame) -> pl.DataFrame:
    rank = pl.col("strength").replace_strict(STRENGTHS, range(len(STRENGTHS)), return_dtype=pl.Int64)
    kind = pl.col("kind").replace_strict(_KINDS, range(len(_KINDS)), default=len(_KINDS), return_dtype=pl.Int64)
    return (
        links.with_columns(_rank=rank, _kind=kind, _weight=-pl.col("weight"))
        .sort("_rank", "_weight", "_kind", "node_a", "node_b", "rule", "kind", "value")
        .drop("_rank", "_weight", "_kind")
    )


def _replaced(judged: pl.DataFrame, instead: list[tuple[int, int]]) -> pl.DataFrame:
    """The links that hold in the place of cut ones: the same evidence, from another holder."""
    places = pl.DataFrame(instead, schema={"at": pl.UInt32, "other": pl.UInt32}, orient="row")
    moved = judged[places["at"]].with_columns(places["other"])
    moved = moved.with_columns(
        node_a=pl.min_horizontal("other", "node_b"),
        node_b=pl.max_horizontal("other", "node_b"),
        status=pl.lit("used"),
        reason=pl.lit(None, pl.String),
    )
    return moved.select(judged.columns)
