"""Links -> consistent clusters: no cluster contains a vetoed pair, and none is larger than the limit.

1. Connected components of the links are the first clusters.
2. Components that are too large, or contain a vetoed pair, are found set-based; nearly all components are neither.
3. Each of these is rebuilt from its links, the strongest first. A link that would join a vetoed pair, or make the
   cluster too large, is cut. It stays in the table with the status `cut`.

Each constraint keeps the lines of the overrides file that require it. The order of the decisions is settled in
`configuration/overrides.py`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from cdp_pipeline.identity.clustering.vetoes import vetoed_within, without_exempt
from cdp_pipeline.identity.matching.agreement import FEATURES
from cdp_pipeline.identity.matching.nodes import number_descriptions
from cdp_pipeline.values.components import DisjointSets, find_components

STRENGTHS = ("certain", "strong", "medium", "weak")
"""From an operator's decision down to attributes that agree."""

_KINDS = ("identity_no", "passport_no", "customer_id", "email")
"""The order of kinds within one strength, all other kinds last: a mailbox is shared less often than a phone."""

_STAR = ("scope", "rule", "kind", "value", "node_a")
TOO_LARGE = "cluster_too_large"
DECIDED_DIFFERENT = "said_different"


@dataclass(frozen=True)
class Cut:
    """Consistent clusters.

    Attributes:
        cluster: The cluster of every node, named by its smallest node.
        links: The given links, with `status` (`used` or `cut`) and `reason` (null, the veto, DECIDED_DIFFERENT or
            TOO_LARGE). A link that was cut may have a replacement: from the same record to another holder of the
            identifier.
        cut_components: How many components were cut.
    """

    cluster: pl.Series
    links: pl.DataFrame
    cut_components: int


def cut_clusters(links: pl.DataFrame, described: pl.DataFrame, different: pl.DataFrame, largest: int) -> Cut:
    """Cut the components of the links until none contains a vetoed pair or is too large.

    A pair that an operator decided to be the same (a link of strength `certain`) is exempt from vetoes; a pair that an
    operator decided to be different is vetoed. The size of a cluster is the number of distinct descriptions, or of
    distinct identifiers that link it if that is larger: a thousand forms with one name and one phone are one person, a
    chain of a thousand phones is not.

    Args:
        links: node_a, node_b, scope, rule, kind, value, strength, weight; node_a < node_b; stars around node_a.
        described: node (0..n-1 in order) and the columns of `FEATURES`.
        different: node_a, node_b that an operator decided to be different.
        largest: The limit of a cluster's size.
    """
    checked = links.with_columns(status=pl.lit("used"), reason=pl.lit(None, pl.String))
    components = 0
    cluster = _clusters(checked, described.height)
    # A decision on two nodes that no cluster contains together has no effect on other nodes.
    different = different.filter(cluster.gather(different["node_a"]) == cluster.gather(different["node_b"]))
    descriptions = _numbered(described, different)
    for find_failing in (_too_large, _inconsistent):
        placed = checked.with_columns(cluster=cluster.gather(checked["node_a"]))
        within = descriptions.with_columns(cluster=cluster.gather(descriptions["node"]))
        failing, vetoes = find_failing(placed, within, different, largest)
        if not failing.len():
            continue
        components += failing.len()
        is_failing = pl.col("cluster").is_in(failing.implode()) & (pl.col("status") == "used")
        members = within.filter(pl.col("cluster").is_in(failing.implode()))
        rebuilt = _ClusterBuilder(dict(members.select("node", "description").iter_rows()), vetoes, largest).add(
            placed.filter(is_failing)
        )
        checked = pl.concat([placed.filter(~is_failing), rebuilt]).drop("cluster")
        cluster = _clusters(checked, described.height)
    return Cut(cluster, checked, components)


def _clusters(checked: pl.DataFrame, nodes: int) -> pl.Series:
    used = checked.filter(pl.col("status") == "used")
    return find_components(used.select(a="node_a", b="node_b"), nodes)


def _numbered(described: pl.DataFrame, different: pl.DataFrame) -> pl.DataFrame:
    """Every node with its description's number; nodes with a decision `different` get a number of their own."""
    decided = pl.concat([different["node_a"], different["node_b"]]).unique()
    own = pl.when(pl.col("node").is_in(decided.implode())).then("node")
    nodes = described.select("node", *FEATURES, own=own)
    _, number = number_descriptions(nodes, [*FEATURES, "own"], nodes.height)
    return nodes.drop("own").with_columns(description=number)


def _too_large(
    placed: pl.DataFrame, within: pl.DataFrame, _different: pl.DataFrame, largest: int
) -> tuple[pl.Series, "_VetoesByDescription"]:
    """The clusters with more distinct descriptions or identifiers than the limit."""
    # Few clusters have more rows than the limit; only these are counted.
    many_descriptions, many_stars = (rows.filter(pl.len().over("cluster") > largest) for rows in (within, placed))
    sizes = [
        many_descriptions.group_by("cluster").agg(pl.col("description").n_unique().alias("size")),
        many_stars.group_by("cluster").agg(pl.struct(_STAR).n_unique().alias("size")),
    ]
    over = pl.concat(sizes).filter(pl.col("size") > largest)
    return over["cluster"].unique().sort(), {}


_VetoesByDescription = Mapping[tuple[int, int], Mapping[int, str]]
"""By cluster and description: the descriptions that must stay out of the same cluster, with the veto."""


def _inconsistent(
    placed: pl.DataFrame, within: pl.DataFrame, different: pl.DataFrame, _largest: int
) -> tuple[pl.Series, _VetoesByDescription]:
    """The clusters that contain a vetoed pair, and the pairs."""
    several = within.filter(pl.col("description").min().over("cluster") != pl.col("description").max().over("cluster"))
    conflicts = vetoed_within(several.unique(["cluster", "description"], maintain_order=True), "cluster")
    conflicts = without_exempt(conflicts, placed, within)
    same = placed.filter((pl.col("strength") == "certain") & (pl.col("status") == "used"))
    conflicts = conflicts.join(_decided_same(same, within), on=["cluster", "description", "description_b"], how="anti")
    place = within.select("node", "cluster", "description")
    decided = (
        different.join(place, left_on="node_a", right_on="node")
        .join(place, left_on=["node_b", "cluster"], right_on=["node", "cluster"], suffix="_b")
        .select("cluster", "description", "description_b", veto=pl.lit(DECIDED_DIFFERENT))
    )
    vetoes: dict[tuple[int, int], dict[int, str]] = defaultdict(dict)
    for cluster, description, other, veto in pl.concat([conflicts, decided], how="vertical_relaxed").iter_rows():
        vetoes[cluster, description][other] = veto
        vetoes[cluster, other][description] = veto
    return pl.Series("cluster", sorted({c for c, _ in vetoes}), dtype=pl.UInt32), vetoes


def _decided_same(same: pl.DataFrame, within: pl.DataFrame) -> pl.DataFrame:
    """The pairs of descriptions that operators decided to be the same, directly or through other decisions.

    Columns: cluster, description, description_b.
    """
    group = find_components(same.select(a="node_a", b="node_b"), within.height)
    named = pl.concat([same["node_a"], same["node_b"]]).unique()
    members = within.filter(pl.col("node").is_in(named.implode())).select("cluster", "description", "node")
    members = members.with_columns(group=group.gather(members["node"])).unique(["cluster", "description", "group"])
    return members.join(members, on=["cluster", "group"], suffix="_b").select("cluster", "description", "description_b")


@dataclass
class _PartialCluster:
    """The descriptions of a cluster under construction, and the identifiers that link it."""

    descriptions: set[int]
    stars: set[tuple[object, ...]] = field(default_factory=set)


class _ClusterBuilder:
    """Clusters built link by link (Kruskal's order), in a Python loop: each decision depends on the earlier ones."""

    def __init__(self, descriptions: Mapping[int, int], vetoes: _VetoesByDescription, largest: int) -> None:
        self._sets = DisjointSets()
        self._clusters = {node: _PartialCluster({description}) for node, description in descriptions.items()}
        self._vetoes = vetoes
        self._largest = largest

    def add(self, links: pl.DataFrame) -> pl.DataFrame:
        """Add the links, strongest first; return them with `status` and `reason`, and the replacements of cut ones."""
        ordered = _strongest_first(links)
        verdicts: list[str | None] = []
        replacements: list[tuple[int, int]] = []
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
                    replacements.append((at, other))
                    continue
            if refusal:
                known.append(b)
        checked = ordered.with_columns(reason=pl.Series(verdicts, dtype=pl.String))
        checked = checked.with_columns(
            status=pl.when(pl.col("reason").is_null()).then(pl.lit("used")).otherwise(pl.lit("cut"))
        )
        return pl.concat([checked, _replaced(checked, replacements)])

    def _join(self, cluster: int, a: int, b: int, star: tuple[object, ...]) -> str | None:
        """Join the clusters of two nodes; None if they are one cluster now, else the reason why not."""
        left, right = self._sets.root(a), self._sets.root(b)
        if left == right:
            return None
        small, big = sorted((left, right), key=lambda root: (len(self._clusters[root].descriptions), root))
        refusal = self._veto(cluster, self._clusters[small], self._clusters[big])
        stars = self._clusters[small].stars | self._clusters[big].stars | {star}
        descriptions = self._clusters[small].descriptions | self._clusters[big].descriptions
        if refusal is None and max(len(stars), len(descriptions)) > self._largest:
            refusal = TOO_LARGE
        if refusal is None:
            self._sets.attach(small, big)
            self._clusters[big] = _PartialCluster(descriptions, stars)
            del self._clusters[small]
        return refusal

    def _veto(self, cluster: int, small: _PartialCluster, big: _PartialCluster) -> str | None:
        found = {
            veto
            for description in small.descriptions
            for other, veto in self._vetoes.get((cluster, description), {}).items()
            if other in big.descriptions
        }
        return min(found, default=None)


def _strongest_first(links: pl.DataFrame) -> pl.DataFrame:
    rank = pl.col("strength").replace_strict(STRENGTHS, range(len(STRENGTHS)), return_dtype=pl.Int64)
    kind = pl.col("kind").replace_strict(_KINDS, range(len(_KINDS)), default=len(_KINDS), return_dtype=pl.Int64)
    return (
        links.with_columns(_rank=rank, _kind=kind, _weight=-pl.col("weight"))
        .sort("_rank", "_weight", "_kind", "node_a", "node_b", "rule", "kind", "value")
        .drop("_rank", "_weight", "_kind")
    )


def _replaced(checked: pl.DataFrame, replacements: list[tuple[int, int]]) -> pl.DataFrame:
    """The replacements of cut links: the same evidence, from another holder of the identifier."""
    places = pl.DataFrame(replacements, schema={"at": pl.UInt32, "other": pl.UInt32}, orient="row")
    replaced = checked[places["at"]].with_columns(places["other"])
    replaced = replaced.with_columns(
        node_a=pl.min_horizontal("other", "node_b"),
        node_b=pl.max_horizontal("other", "node_b"),
        status=pl.lit("used"),
        reason=pl.lit(None, pl.String),
    )
    return replaced.select(checked.columns)


_MOST_LINES: Final = 5
"""The most lines reported as the reason; an operator needs one of them, not all."""


def refused_joins(
    joins: Iterable[tuple[int, int, int]], apart: Iterable[tuple[int, int, int]]
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The line of each refused join, with the lines that forbid it; joins are applied in the given order.

    A loop in Python: each join depends on the earlier ones, and an overrides file has thousands of lines at most.

    Args:
        joins: Two nodes and the line that joins them.
        apart: Two nodes and the line that keeps them apart.
    """
    groups = Groups()
    for a, b, line in apart:
        groups.keep_apart(a, b, (line,))
    for a, b, line in joins:
        if forbidding := groups.join(a, b):
            yield line, forbidding


@dataclass
class Groups:
    """The groups joined so far, and for each group the groups it must stay apart from, with the first such lines."""

    sets: DisjointSets = field(default_factory=DisjointSets)
    apart_from: dict[int, dict[int, tuple[int, ...]]] = field(default_factory=dict)

    def keep_apart(self, a: int, b: int, lines: tuple[int, ...]) -> None:
        """Forbid the join of two groups."""
        for one, other in ((a, b), (b, a)):
            apart = self.apart_from.setdefault(one, {})
            apart[other] = tuple(sorted({*apart.get(other, ()), *lines})[:_MOST_LINES])

    def join(self, a: int, b: int) -> tuple[int, ...]:
        """Join the groups of two nodes; return the lines that forbid it, or an empty tuple."""
        big, small = self.sets.root(a), self.sets.root(b)
        if big == small:
            return ()
        if forbidding := self.apart_from.get(big, {}).get(small):
            return forbidding
        # The shorter list is copied, so a constraint is copied at most a logarithmic number of times.
        if len(self.apart_from.get(big, ())) < len(self.apart_from.get(small, ())):
            big, small = small, big
        self.sets.attach(small, big)
        for other, lines in self.apart_from.pop(small, {}).items():
            del self.apart_from[other][small]
            self.keep_apart(big, other, lines)
        return ()
