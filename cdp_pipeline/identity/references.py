"""nodes -> the customer each of them means: which `customerId` is whose.

An id belongs to the system that gave it (reading Q-17). Contract section 6.5 settles what an id means that its own
system does not have: the one customer of the company with this id, if nothing speaks against it.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from cdp_pipeline.backend import Query, Workspace
from cdp_pipeline.identity.agreement import unequal_names_agree
from cdp_pipeline.values.buckets import SLOT, buckets_of
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
    """Make `customer_ids`, what `resolve_customer_ids` gives, with is_blocked: whether the id is a placeholder.

    And `unresolved_references`: how many records of each object_type name a customer who is not known for certain.
    All nodes that name one id within a company are in one bucket.

    Args:
        work: Where `nodes` are.
        blocked: The list of values that are nobody's.
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

    `value` is `company|system|id` in the namespace of the system that owns the id. Where no system owns it, or it
    cannot be told which customer is meant, the namespace stays the node's own and `is_resolved` is false: such an id
    counts as an unresolved reference and joins only records of its own system whose names agree.

    `contradicts_owner` marks a record that names a customer of its own system under another person's name, such as an
    order in the name of somebody else: it belongs to that customer, but its contacts are not the customer's.

    Names contradict as `agreement.names_agree` says. Contacts contradict when both sides have a phone or both have an
    e-mail and none of them is equal.
    """
    naming = nodes.filter(pl.col("customer_id").is_not_null()).select(
        "node", "is_owner", "company", "system", "customer_id", "name_match", "phone", "email"
    )
    owners = naming.filter("is_owner").drop("is_owner")
    own = ["company", "system", "customer_id"]
    at_home = naming.join(owners.select(*own, "name_match"), on=own, suffix="_owner")
    at_home = at_home.with_columns(contradicts_owner=~_names_agree(at_home))
    abroad = naming.join(owners.select(own).unique(), on=own, how="anti")
    candidates = abroad.join(owners, on=["company", "customer_id"], suffix="_owner")
    of_one_system = pl.col("system_owner").min().over("node") == pl.col("system_owner").max().over("node")
    possible = candidates.filter(of_one_system).filter(~_contacts_contradict())
    elsewhere = (
        possible.filter(_names_agree(possible))
        .select("node", pl.col("system_owner").alias("system_meant"))
        .unique("node")
    )
    key = pl.concat_str(["company", "system", "customer_id"], separator="|").alias("value")
    resolved = abroad.join(elsewhere, on="node", how="left").with_columns(
        is_resolved=pl.col("system_meant").is_not_null(), system=pl.coalesce("system_meant", "system")
    )
    return pl.concat(
        [
            at_home.select("node", key, pl.lit(value=True).alias("is_resolved"), "contradicts_owner"),
            resolved.select("node", key, "is_resolved", pl.lit(value=False).alias("contradicts_owner")),
        ]
    )


def _names_agree(pairs: pl.DataFrame) -> pl.Series:
    """Whether a node's name and the owner's agree; never null, as a missing one agrees with all."""
    name, owner = "name_match", "name_match_owner"
    # Most records are their own customer's; comparing words costs far more than comparing names.
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
