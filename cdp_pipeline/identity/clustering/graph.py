"""identifiers, likely pairs and earlier persons -> buckets of nodes that can be resolved independently.

1. Edges join nodes that may affect each other (`edges`): holders of one identifier, likely pairs, records that an
   operator decided to be the same, and records that had the same person id before.
2. Connected components of these edges, by hook and pointer jump (after Shiloach and Vishkin, 1982): each node hooks
   onto its smallest neighbour, chains are flattened by jumping, edges are contracted, until none is left. The number of
   rounds grows with the logarithm of the longest chain.
3. Each component is assigned to one bucket by a digest of its name. No bucket depends on another.

An identifier with more names than any limit allows makes no links and therefore no edges. A weak identifier, such as
the client id of a browser, makes no edges either.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from cdp_pipeline.backend import Query, Workspace
from cdp_pipeline.identity.matching.holders import MOST_DESCRIPTIONS
from cdp_pipeline.identity.tables import PERSON_IDS
from cdp_pipeline.values.hashes import SLOT, buckets_of

_ROWS_PER_NODE: Final = 4
"""Rows of identifiers, links and earlier ids per node, for sizing buckets."""

_PREVIOUS: Final = Query(
    makes="earlier",
    reads=("previous", "nodes"),
    sql="""
    SELECT p.*, n.node IS NULL AS is_gone,
        COALESCE(n.node, c.nodes + ROW_NUMBER() OVER (ORDER BY p.node_key)) AS vertex
    FROM previous p LEFT JOIN nodes n ON n.node_key = p.node_key CROSS JOIN (SELECT COUNT(*) AS nodes FROM nodes) c""",
)


def crowded_query(limits: Mapping[str, int]) -> Query:
    """The identifiers whose holders have more names than a limit: scope, kind, value, names.

    Args:
        limits: By kind, how many different people may hold one identifier.
    """
    limit = " ".join(f"WHEN '{kind}' THEN {most}" for kind, most in sorted(limits.items()))
    return Query(
        makes="crowded",
        reads=("identifiers", "nodes"),
        sql=f"""
    WITH often AS (
        SELECT scope, kind, value FROM identifiers WHERE status = 'usable'
        GROUP BY scope, kind, value HAVING COUNT(*) > {min(limits.values())}
    ), named AS (
        SELECT i.scope, i.kind, i.value, COUNT(DISTINCT n.name_match) AS names
        FROM identifiers i JOIN often o ON o.scope = i.scope AND o.kind = i.kind AND o.value = i.value
        JOIN nodes n ON n.node = i.node
        WHERE i.status = 'usable' GROUP BY i.scope, i.kind, i.value
    )
    SELECT * FROM named WHERE names > CASE kind {limit} END""",
    )


def edges_query(limits: Mapping[str, int]) -> Query:
    """The edges: a, b; some occur more than once.

    Args:
        limits: By kind, how many different people may hold one identifier.
    """
    return Query(
        makes="edges",
        reads=("identifiers", "crowded", "probable", "decided_same", "earlier", "nodes"),
        sql=f"""
    WITH held AS (
        SELECT i.node, i.scope, i.kind, i.value
        FROM identifiers i LEFT JOIN crowded c ON c.scope = i.scope AND c.kind = i.kind AND c.value = i.value
            AND c.names > {most_names(limits)}
        WHERE i.status IN ('usable', 'deleted') AND i.strength <> 'weak' AND c.value IS NULL
    ), first_holders AS (
        SELECT scope, kind, value, MIN(node) AS node FROM held GROUP BY scope, kind, value HAVING COUNT(*) > 1
    ), first_vertices AS (
        SELECT person_id, MIN(vertex) AS vertex FROM earlier GROUP BY person_id HAVING COUNT(*) > 1
    )
    SELECT h.node AS a, f.node AS b
    FROM held h JOIN first_holders f ON f.scope = h.scope AND f.kind = h.kind AND f.value = h.value
    UNION ALL
    SELECT node_a AS a, node_b AS b FROM probable
    UNION ALL
    SELECT node_a AS a, node_b AS b FROM decided_same
    UNION ALL
    SELECT e.vertex AS a, f.vertex AS b FROM earlier e JOIN first_vertices f ON f.person_id = e.person_id
    UNION ALL
    SELECT e.vertex AS a, n.node AS b FROM earlier e JOIN nodes n ON n.record_key = e.record_key WHERE e.is_gone""",
    )


def most_names(limits: Mapping[str, int]) -> int:
    """The number of names above which an identifier is held by too many people, whatever else is known of them."""
    return max(MOST_DESCRIPTIONS, *limits.values())


_HOOKS: Final = Query(
    makes="hooks",
    reads=("left_edges",),
    sql="""
    SELECT a AS node, MIN(b) AS above
    FROM (SELECT a, b FROM left_edges UNION ALL SELECT b AS a, a AS b FROM left_edges) both_ways
    GROUP BY a HAVING MIN(b) < a""",
)
_JUMPED: Final = Query(
    makes="jumped",
    reads=("hooks",),
    sql="""
    WITH twice AS (
        SELECT h.node, COALESCE(g.above, h.above) AS above FROM hooks h LEFT JOIN hooks g ON g.node = h.above
    ), four_times AS (
        SELECT h.node, COALESCE(g.above, h.above) AS above FROM twice h LEFT JOIN twice g ON g.node = h.above
    )
    SELECT h.node, COALESCE(g.above, h.above) AS above
    FROM four_times h LEFT JOIN four_times g ON g.node = h.above""",
)
_UNFLATTENED: Final = "SELECT COUNT(*) FROM jumped h JOIN jumped g ON g.node = h.above"
_CONTRACTED: Final = Query(
    makes="contracted",
    reads=("left_edges", "jumped"),
    sql="""
    WITH relabelled AS (
        SELECT COALESCE(p.above, e.a) AS a, COALESCE(q.above, e.b) AS b
        FROM left_edges e LEFT JOIN jumped p ON p.node = e.a LEFT JOIN jumped q ON q.node = e.b
    )
    SELECT DISTINCT LEAST(a, b) AS a, GREATEST(a, b) AS b FROM relabelled WHERE a <> b""",
)
_LABELS: Final = Query(
    makes="new_labels",
    reads=("labels", "jumped"),
    sql="""
    SELECT l.node, COALESCE(j.above, l.component) AS component
    FROM labels l LEFT JOIN jumped j ON j.node = l.component
    UNION ALL
    SELECT j.node, j.above AS component FROM jumped j LEFT JOIN labels l ON l.node = j.node WHERE l.node IS NULL""",
)
_LABEL: Final = pl.Schema({"node": pl.Int64(), "component": pl.Int64()})


def label_components(work: Workspace) -> None:
    """Make `labels`: node and component (its smallest node) of each node of `edges` except the smallest ones.

    Args:
        work: The workspace with `edges`: a, b; direction, order, repeats and loops do not matter.
    """
    work.write("labels", _LABEL.to_frame())
    left = "edges"
    while True:
        work.run(_HOOKS, left_edges=left)
        if not work.scalar("SELECT COUNT(*) FROM hooks", "hooks"):
            return
        work.run(_JUMPED)
        while work.scalar(_UNFLATTENED, "jumped"):
            work.rename("jumped", "hooks")
            work.run(_JUMPED)
        work.run(_LABELS)
        work.rename("new_labels", "labels")
        work.run(_CONTRACTED, left_edges=left)
        work.rename("contracted", "left_edges")
        left = "left_edges"


_SLOTS: Final = Query(
    makes="slots",
    reads=("nodes", "earlier", "labels"),
    sql=f"""
    SELECT v.node, {SLOT.format("CAST(COALESCE(l.component, v.node) AS VARCHAR)")}
    FROM (SELECT node FROM nodes UNION ALL SELECT vertex AS node FROM earlier WHERE is_gone) v
    LEFT JOIN labels l ON l.node = v.node""",
)


def _placed(table: str, node: str) -> Query:
    return Query(
        makes=f"placed_{table}",
        reads=(table, "slots"),
        sql=f"SELECT t.*, s.slot FROM {table} t JOIN slots s ON s.node = t.{node}",
    )


BUCKETED: Final = (
    _placed("nodes", "node"),
    _placed("identifiers", "node"),
    _placed("probable", "node_a"),
    Query(
        makes="placed_scored",
        reads=("scored", "slots"),
        sql="""
    SELECT t.*, s.slot FROM scored t JOIN slots s ON s.node = t.node_a JOIN slots z ON z.node = t.node_b
    WHERE s.slot = z.slot""",
    ),
    _placed("earlier", "vertex"),
)


@dataclass(frozen=True)
class Bucket:
    """The nodes of whole components with their rows of all tables.

    Attributes:
        nodes: Rows of the table `nodes`, sorted by `node`.
        identifiers: Rows of the table `identifiers`.
        probable: Rows of the table `probable`.
        scored: Rows of the table `scored`; pairs across two buckets, as at a crowded phone, have no link and are left
            out.
        previous: PERSON_IDS of the previous run, of these nodes and of records that are gone.
    """

    nodes: pl.DataFrame
    identifiers: pl.DataFrame
    probable: pl.DataFrame
    scored: pl.DataFrame
    previous: pl.DataFrame


@dataclass(frozen=True)
class Place:
    """The place of a bucket's rows in the workspace, small enough to be sent to another machine.

    Attributes:
        number: From 0.
        tables: The tables that a `Bucket` is read from, in the order of its attributes.
        condition: The filter on their rows; None for all rows.
    """

    number: int
    tables: tuple[str, ...]
    condition: pl.Expr | None


def find_buckets(work: Workspace, previous: pl.LazyFrame, limits: Mapping[str, int]) -> list[Place]:
    """Divide the nodes into buckets, each node into exactly one.

    Args:
        work: The workspace with `nodes`, `identifiers`, `crowded`, `probable`, `scored` and `decided_same`.
        previous: PERSON_IDS of the previous run.
        limits: By kind, how many different people may hold one identifier.
    """
    work.write("previous", previous)
    within = buckets_of(_ROWS_PER_NODE * work.scalar("SELECT COUNT(*) FROM nodes", "nodes"), "slot", "")
    tables: tuple[str, ...] = ("nodes", "identifiers", "probable", "scored", "previous")
    if len(within) > 1:
        work.run(_PREVIOUS)
        work.run(edges_query(limits))
        label_components(work)
        for query in (_SLOTS, *BUCKETED):
            work.run(query)
        tables = tuple(query.makes for query in BUCKETED)
    return [Place(number, tables, condition) for number, condition in enumerate(within)]


def read_bucket(work: Workspace, place: Place) -> Bucket:
    """Read the rows of a bucket."""
    condition = place.condition
    nodes, identifiers, probable, scored, earlier = pl.collect_all(
        [work.scan(table) if condition is None else work.scan(table).filter(condition) for table in place.tables]
    )
    # SQL engines write timestamps with microseconds.
    return Bucket(nodes.sort("node"), identifiers, probable, scored, PERSON_IDS.conform(earlier.lazy()).collect())
