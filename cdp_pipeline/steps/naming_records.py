"""Records that changed -> the persons of records that name them, and say of them what they are.

An answer says what its comment is tied to, and a change of status which lead it is of, though the other record may be
somebody else's, or nobody's any more.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from cdp_pipeline.entities.customer_product_comment import CUSTOMER_PRODUCT_COMMENT
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.lead_status_history import LEAD_STATUS_HISTORY
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.identity.tables import RECORD_PERSONS
from cdp_pipeline.lake import Lake
from cdp_pipeline.steps.changed_records import Touched


@dataclass(frozen=True)
class _Naming:
    """That records of an entity name others in a column, by the id that these have in another one."""

    entity: Entity
    column: str
    named: Entity
    by: str


_NAMINGS = (
    _Naming(CUSTOMER_PRODUCT_COMMENT, "parent_comment_id", CUSTOMER_PRODUCT_COMMENT, "comment_id"),
    _Naming(LEAD_STATUS_HISTORY, "lead_id", LEAD_INFORMATION, "lead_id"),
    _Naming(LEAD_STATUS_HISTORY, "lead_id", MOEGO_LEAD, "id"),
)


def persons_naming(lake: Lake, touched: Mapping[str, Touched]) -> pl.Series:
    """The persons, person_id, of records that name a touched one by the id it has now or had before; of any company.

    Args:
        lake: With the current tables, and the identity layer as it is now.
        touched: What changed of each entity, by its name.
    """
    keys = [
        _naming_keys(lake, naming, touched[naming.named.name])
        for naming in _NAMINGS
        if {naming.entity.name, naming.named.name} <= touched.keys()
    ]
    naming = pl.concat([pl.Series("record_key", [], pl.String), *keys]).unique()
    record_persons = lake.scan("identity", RECORD_PERSONS.name)
    return record_persons.filter(pl.col("record_key").is_in(naming.implode())).collect()["person_id"].unique()


def _naming_keys(lake: Lake, naming: _Naming, touched: Touched) -> pl.Series:
    """The keys of the records that name one of these."""
    if not touched.keys.height:
        return pl.Series("record_key", [], pl.String)
    is_touched = pl.col("record_key").is_in(touched.keys["record_key"].implode())
    now = lake.scan("current", naming.named.name).filter(is_touched)
    ids = pl.concat([rows.select(naming.by) for rows in (now, touched.before)]).drop_nulls().unique().collect()
    names_one = pl.col(naming.column).is_in(ids[naming.by].implode())
    return lake.scan("current", naming.entity.name).filter(names_one).select("record_key").collect()["record_key"]
