"""changed records -> the nodes and identifiers that are not as they were, and what brings nodes near each other."""

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from cdp_pipeline.current.tables import SEEN, current_table
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.identity.closure import things
from cdp_pipeline.identity.holders import IDENTIFIER
from cdp_pipeline.identity.identifiers import find_identifiers
from cdp_pipeline.identity.nodes import BLANK, Nodes, find_nodes
from cdp_pipeline.identity.references import resolve_customer_ids
from cdp_pipeline.identity.touched import Touched
from cdp_pipeline.values.placeholders import PlaceholderList

_CUSTOMER = ("company", "customer_id")
_BY_THE_WAY = ("business_at", *(column.name for column in SEEN))

PAIRWISE = ("attributes", "probabilistic", "override")
"""Kinds of links that do not follow from an identifier that both hold."""


def renewed_nodes(
    found: Nodes,
    old_nodes: pl.DataFrame,
    entities: Sequence[Entity],
    current: Mapping[str, pl.LazyFrame],
    touched: Mapping[str, Touched],
    scope: str,
) -> pl.Series:
    """The keys of nodes whose identifiers or description may differ from the run before, those that are gone included.

    Nodes that differ themselves, whose record or e-mail addresses changed, and those that name the same customer of
    their company, as it depends on all of these whom the id means.

    Args:
        found: All nodes now.
        old_nodes: All nodes of the run before.
        entities: The declarations.
        current: The current tables by entity name.
        touched: The records of each entity that changed.
        scope: As `find_nodes` takes it.
    """
    nodes, touching = found.nodes, _touching(found, entities, touched, scope)
    is_touching = pl.col("node_key").is_in(touching.implode())
    # How many records name a contact decides which part of a person keeps the id when it splits, but splits nobody.
    columns = [column for column in nodes.columns if column not in ("node", "node_key", "records")]
    marks = [
        frame.select("node_key", mark=frame.select(columns).hash_rows(seed=0))
        for frame in (nodes.filter(is_touching), old_nodes.filter(is_touching))
    ]
    differing = [
        one.join(other, on=["node_key", "mark"], how="anti")["node_key"]
        for one, other in ((marks[0], marks[1]), (marks[1], marks[0]))
    ]
    persons = [_described_anew(current[e.name], touched[e.name], e) for e in entities if e.role == "person"]
    changed = pl.concat([*differing, *persons, *_owners(nodes, entities, current, touched)]).unique()
    both = pl.concat(frame.select("node_key", *_CUSTOMER) for frame in (nodes, old_nodes.filter(is_touching)))
    named = both.filter(pl.col("node_key").is_in(changed.implode())).select(_CUSTOMER).drop_nulls().unique()
    return pl.concat([changed, both.join(named, on=_CUSTOMER, how="semi")["node_key"]]).unique().sort()


def _touching(found: Nodes, entities: Sequence[Entity], touched: Mapping[str, Touched], scope: str) -> pl.Series:
    """The keys of the nodes that touched records make now, and of those that they made before."""
    keys = pl.concat([touched[entity.name].keys["record_key"] for entity in entities])
    made = found.members.filter(pl.col("record_key").is_in(keys.implode()))["node_key"]
    before = find_nodes({entity.name: touched[entity.name].before for entity in entities}, entities, scope)
    return pl.concat([made, before.nodes["node_key"], keys]).unique()


def _described_anew(rows: pl.LazyFrame, touched: Touched, entity: Entity) -> pl.Series:
    """The touched records that say something else than before; those only sent again describe nobody anew."""
    said = [
        pl.col(name).cast(pl.List(pl.String)).list.join("\x1f", ignore_nulls=True)
        if isinstance(dtype, pl.List)
        else name
        for name, dtype in current_table(entity).schema.items()
        if name not in _BY_THE_WAY
    ]
    is_touched = pl.col("record_key").is_in(touched.keys["record_key"].implode())
    both = [frame.select(said).collect() for frame in (rows.filter(is_touched), touched.before)]
    was, is_now = (frame.select("record_key", mark=frame.hash_rows(seed=0)) for frame in both[::-1])
    steady = is_now.join(was, on=["record_key", "mark"], how="semi")["record_key"]
    # Of one that changed several times, and back again, every state counts.
    several = was.filter(pl.col("mark").n_unique().over("record_key") > 1)["record_key"]
    steady = steady.filter(~steady.is_in(several.implode()))
    return touched.keys["record_key"].filter(~touched.keys["record_key"].is_in(steady.implode()))


def _owners(
    nodes: pl.DataFrame,
    entities: Sequence[Entity],
    current: Mapping[str, pl.LazyFrame],
    touched: Mapping[str, Touched],
) -> list[pl.Series]:
    """The customers whose e-mail addresses, sent apart from them, changed."""
    found = []
    for entity in entities:
        if entity.name == "customer_identity_email":
            keys = touched[entity.name].keys["record_key"]
            rows = [
                current[entity.name].filter(pl.col("record_key").is_in(keys.implode())),
                touched[entity.name].before,
            ]
            named = (
                pl.concat(
                    row.select(
                        pl.col("company_id").fill_null(BLANK).alias("company"),
                        pl.col("system_name").fill_null(BLANK).alias("system"),
                        "customer_id",
                    )
                    for row in rows
                )
                .unique()
                .collect()
            )
            owners = nodes.filter(pl.col("object_type") == "customer-identity")
            found.append(owners.join(named, on=["company", "system", "customer_id"], how="semi")["node_key"])
    return found


def renewed_identifiers(
    current: Mapping[str, pl.LazyFrame],
    entities: Sequence[Entity],
    found: Nodes,
    old: pl.LazyFrame,
    renewed: pl.Series,
    blocked: Mapping[str, PlaceholderList],
) -> pl.DataFrame:
    """IDENTIFIERS of all nodes, in no particular order: found anew for renewed nodes only; none is marked as shared.

    Args:
        current: The current tables by entity name.
        entities: Their declarations.
        found: All nodes now.
        old: IDENTIFIERS of the run before.
        renewed: What `renewed_nodes` gave.
        blocked: The list of values that are nobody's.
    """
    is_renewed = pl.col("node_key").is_in(renewed.implode())
    part = found.nodes.filter(is_renewed)
    nodes = part.drop("node").with_row_index("node")
    members = found.members.filter(is_renewed)
    customer_ids = resolve_customer_ids(nodes)
    anew = find_identifiers(_rows_of(current, entities, nodes), entities, Nodes(nodes, members), customer_ids, blocked)
    kept = (
        old.filter(~is_renewed)
        # Whether a value is shared is judged anew.
        .with_columns(status=pl.when(pl.col("status") == "shared").then(pl.lit("usable")).otherwise("status"))
        .collect()
    )
    keyed = anew.select(nodes["node_key"].gather(anew["node"]), pl.exclude("node"))
    return pl.concat([keyed.select(kept.columns), kept])


def _rows_of(
    current: Mapping[str, pl.LazyFrame], entities: Sequence[Entity], nodes: pl.DataFrame
) -> dict[str, pl.LazyFrame]:
    """The rows that can say something about these nodes; picked by known keys, a file is read several times faster."""
    keys = {"person": "record_key", "child": "customer_id"}
    return {
        e.name: current[e.name].filter(pl.col(keys[e.role]).is_in(nodes[keys[e.role]].implode()))
        if e.role == "person" or e.name == "customer_identity_email"
        else current[e.name]
        for e in entities
    }


def is_to_be_learned() -> pl.Expr:
    """Of LINKS, those that do not follow from an identifier alone."""
    return pl.col("identifier_kind").is_in(PAIRWISE) | (pl.col("status") == "cut")


def moved_ends(links: pl.DataFrame, attribute_links: pl.DataFrame, found: Nodes) -> pl.Series:
    """The nodes at the ends of attribute links that came or went, and of links that were cut, as weights moved.

    Args:
        links: LINKS of the run before that are `is_to_be_learned`.
        attribute_links: The attribute links now: record_key_a, record_key_b, rule, identifier_kind.
        found: All nodes now.
    """
    ends = ["record_key_a", "record_key_b", "rule"]
    was = links.filter(pl.col("identifier_kind") == "attributes").select(ends).unique()
    is_now = attribute_links.select(ends).unique()
    moved = pl.concat(
        [
            was.join(is_now, on=ends, how="anti"),
            is_now.join(was, on=ends, how="anti"),
            links.filter(pl.col("status") == "cut").select(ends),
        ]
    )
    keys = pl.concat([moved["record_key_a"], moved["record_key_b"]])
    members = found.members.filter(pl.col("record_key").is_in(keys.implode()))
    return pl.concat([members["node_key"], keys]).unique()


def held_things(
    nodes: Iterable[pl.DataFrame],
    identifiers: Iterable[pl.DataFrame],
    ids: pl.DataFrame,
    links: Iterable[pl.DataFrame],
    said: pl.DataFrame,
    found: Nodes,
) -> list[pl.DataFrame]:
    """What brings nodes near each other, before and now.

    Args:
        nodes: The nodes.
        identifiers: IDENTIFIERS with node_key; weak and blocked ones link nobody.
        ids: PERSON_IDS of the run before: who was one person is judged together, and so is a contact that was
            corrected, which is known by its record.
        links: Links by record; of those that follow from an identifier nothing more is to be learned.
        said: What a person said of nodes: node_a, node_b.
        found: All nodes now.
    """
    held = [things(ids, "node_key", "person_id", kind="person")]
    held.append(things(ids, "node_key", "record_key", kind="record"))
    for rows in nodes:
        held.append(things(rows, "node_key", *_CUSTOMER, kind="customer"))
        held.append(things(rows, "node_key", "record_key", kind="record"))
    for rows in identifiers:
        joining = rows.filter((pl.col("strength") != "weak") & (pl.col("status") != "blocked"))
        held.append(things(joining, "node_key", *IDENTIFIER, kind="identifier"))
    for rows in links:
        pairs = rows.filter(pl.col("identifier_kind").is_in(PAIRWISE))
        both = pl.concat([pairs.with_columns(end=f"record_key_{end}") for end in "ab"])
        # The record of a contact is not its node's key; it comes near by the record.
        held.append(things(both, "end", "record_key_a", "record_key_b", kind="pair"))
        held.append(things(_with_node(both, found), "node_key", "record_key_a", "record_key_b", kind="pair"))
    key = found.nodes["node_key"]
    for end in ("node_a", "node_b"):
        pairs = said.select("node_a", "node_b", node_key=key.gather(said[end]))
        held.append(things(pairs, "node_key", "node_a", "node_b", kind="said"))
    return held


def _with_node(both: pl.DataFrame, found: Nodes) -> pl.DataFrame:
    members = found.members.filter(pl.col("record_key").is_in(both["end"].unique().implode()))
    return both.join(members.select("record_key", "node_key"), left_on="end", right_on="record_key")
