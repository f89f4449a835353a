"""nodes -> customer ids in the namespace of the system that owns them.

An id belongs to the system that issued it (reading Q-17). An id that the record's own system does not have refers to
the company's one customer with this id, if names and contacts do not contradict (contract, section 6.5).
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from cdp_pipeline.backend import Query, Workspace
from cdp_pipeline.identity.matching.agreement import unequal_names_agree
from cdp_pipeline.values.hashes import SLOT, buckets_of
from cdp_pipeline.values.placeholders import PlaceholderList, is_listed

CUSTOMER_IDS: Final = pl.Schema(
    {
        "node": pl.Int64(),
        "value": pl.String(),
        "is_resolved": pl.Boolean(),
        "contradicts_owner": pl.Boolean(),
        "is_blocked": pl.Boolean(),
    }
)

_NAMING: Final = Query(
    makes="naming",
    reads=("nodes",),
    sql=f"""
    SELECT node, is_owner, company, system, customer_id, name_match, phone, email,
        {SLOT.format("company || '|' || customer_id")}
    FROM nodes WHERE customer_id IS NOT NULL""",
)

_UNRESOLVED: Final = Query(
    makes="unresolved_references",
    reads=("nodes", "customer_ids"),
    sql="""
    SELECT SPLIT_PART(n.record_key, ':', 1) AS object_type, CAST(SUM(n.records) AS BIGINT) AS records
    FROM customer_ids c JOIN nodes n ON n.node = c.node WHERE NOT c.is_resolved GROUP BY 1""",
)


def find_references(work: Workspace, blocked: Mapping[str, PlaceholderList]) -> None:
    """Make `customer_ids` and `unresolved_references`.

    `customer_ids` is the result of `resolve_customer_ids` with `is_blocked`: whether the id is a placeholder. It is
    made in buckets, which contain all nodes of a company with the same id.

    `unresolved_references`: object_type, and the number of records whose customer id is not resolved.

    Args:
        work: The workspace with `nodes`.
        blocked: The placeholder lists by kind.
    """
    work.run(_NAMING)
    naming = work.scan("naming")
    listed = {"customer_id": blocked["customer_id"]} if "customer_id" in blocked else {}
    rows = naming.select(pl.len()).collect().item()
    parts = (
        resolve_customer_ids(naming.filter(within).collect() if within is not None else naming.collect())
        .with_columns(kind=pl.lit("customer_id"))
        .with_columns(is_blocked=is_listed("kind", "value", listed))
        .select(CUSTOMER_IDS.names())
        for within in buckets_of(rows, "slot", "")
    )
    work.write_parts("customer_ids", CUSTOMER_IDS, parts)
    work.run(_UNRESOLVED)


def resolve_customer_ids(nodes: pl.DataFrame) -> pl.DataFrame:
    """One row per node with a customer id: node, value, is_resolved, contradicts_owner.

    `value` is `company|system|id` in the namespace of the system that owns the id. If no system or more than one owns
    it, or names or contacts contradict, the namespace is the node's own and `is_resolved` is false: such an id counts
    as an unresolved reference and joins only records of its own system whose names agree.

    `contradicts_owner` is true for a record with the id of a customer of its own system but another person's name, such
    as an order for another person. The record belongs to that customer, but its contacts do not.

    Names contradict if `agreement.names_agree` is false. Contacts contradict if both sides have a phone or both have an
    e-mail and neither is equal.
    """
    naming = nodes.filter(pl.col("customer_id").is_not_null()).select(
        "node", "is_owner", "company", "system", "customer_id", "name_match", "phone", "email"
    )
    owners = naming.filter("is_owner").drop("is_owner")
    own = ["company", "system", "customer_id"]
    in_own_system = naming.join(owners.select(*own, "name_match"), on=own, suffix="_owner")
    in_own_system = in_own_system.with_columns(contradicts_owner=~_names_agree(in_own_system))
    not_owned = naming.join(owners.select(own).unique(), on=own, how="anti")
    candidates = not_owned.join(owners, on=["company", "customer_id"], suffix="_owner")
    of_one_system = pl.col("system_owner").min().over("node") == pl.col("system_owner").max().over("node")
    possible = candidates.filter(of_one_system).filter(~_contacts_contradict())
    owned_elsewhere = (
        possible.filter(_names_agree(possible))
        .select("node", pl.col("system_owner").alias("owning_system"))
        .unique("node")
    )
    key = pl.concat_str(["company", "system", "customer_id"], separator="|").alias("value")
    resolved = not_owned.join(owned_elsewhere, on="node", how="left").with_columns(
        is_resolved=pl.col("owning_system").is_not_null(), system=pl.coalesce("owning_system", "system")
    )
    return pl.concat(
        [
            in_own_system.select("node", key, pl.lit(value=True).alias("is_resolved"), "contradicts_owner"),
            resolved.select("node", key, "is_resolved", pl.lit(value=False).alias("contradicts_owner")),
        ]
    )


def _names_agree(pairs: pl.DataFrame) -> pl.Series:
    """Whether the names of a node and its owner agree; never null, because a missing name agrees with every name."""
    name, owner = "name_match", "name_match_owner"
    # Most names are equal; comparing words costs far more than comparing names.
    places = pairs.select((pl.col(name) != pl.col(owner)).fill_null(value=False)).to_series().arg_true()
    agree = unequal_names_agree(pairs.select(name, owner)[places], name, owner)
    return pl.repeat(value=True, n=pairs.height, eager=True).scatter(places, agree)


def _contacts_contradict() -> pl.Expr:
    both_phones = pl.col("phone").is_not_null() & pl.col("phone_owner").is_not_null()
    both_emails = pl.col("email").is_not_null() & pl.col("email_owner").is_not_null()
    equal = (both_phones & (pl.col("phone") == pl.col("phone_owner"))) | (
        both_emails & (pl.col("email") == pl.col("email_owner"))
    )
    return ((both_phones | both_emails) & ~equal).fill_null(value=False)
