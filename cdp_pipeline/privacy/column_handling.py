"""A declared column -> how a pseudonymised export writes it, or why it leaves the column out.

A column is left out unless its declaration and its class here let it in. So a new column cannot leave by mistake:

1. Ids of people, records and households, and the ids by which sources name records, become pseudonyms.
2. Free text, JSON, and lists of others than ids are left out.
3. Of personal columns those of the profile stay that describe a group: bands of birth years, closed lists, the province
   and what is above it. Tables of single records repeat them in finer detail, so there they are left out.
4. Times become months or days. Other numbers and flags stay as they are.
5. Texts stay if they are listed here: closed lists, and names of goods, stores and campaigns.
"""

from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.entities.table import Table, TableColumn
from cdp_pipeline.privacy.person_rows import HOUSEHOLD, PERSON, RECORD

How = Literal["pseudonym", "band", "group", "period", "kept"]
"""band: a birth year's five years. group: as it is where several people share the value. period: month or day."""

KEPT_TEXTS: Final = frozenset({
    # What a row is, and the state of it: lists of ours or of the source.
    "kind", "object_type", "activity_type", "event", "outcome", "action_status", "channel", "channels", "purpose",
    "change", "verification", "contact_type", "address_type", "record_status", "status", "state", "strategy",
    "attribute", "rule", "strength", "identifier_kind", "basis", "can_email_basis", "can_sms_basis", "converted_by",
    "referred_by", "related_by", "related_problem", "parent_problem", "country_problem",
    # Customers, memberships and leads.
    "language", "customer_group", "membership_type", "membership_status", "source_channel", "source_name",
    "source_name_level_2", "source_name_level_3", "first_touch_source_channel", "first_touch_source_name",
    "first_touch_source_name_level_2", "first_touch_source_name_level_3", "last_touch_source_channel",
    "last_touch_source_name", "last_touch_source_name_level_2", "last_touch_source_name_level_3", "lead_state",
    "lead_status", "lead_source_channel", "lead_source_name", "lead_single_opt_in", "lead_double_opt_in",
    "lead_life_cycle", "lead_action_status", "single_opt_in", "double_opt_in", "old_status", "new_status",
    # Pets.
    "pet_type", "gender", "fixed", "weight_unit", "evaluation_status",
    # Companies, systems, goods, stores and campaigns.
    "internal_company_id", "system_name", "scope", "currency", "product_key", "product_id", "product_sku",
    "product_name", "product_category", "product_category_id", "most_viewed_product_sku", "most_viewed_category",
    "wishlisted_products", "wishlisted_categories", "store_key", "store_id", "store_name", "store_city",
    "store_district", "campaign_key", "campaign_id", "campaign_name", "service_provider", "template_id",
    "template_ids", "template_name",
})  # fmt: skip
"""Texts without personal data, and lists of them, that may leave; whoever lists one here has seen what it holds."""

_PLACES: Final = ("city", "state", "country", "country_alpha_code_2", "country_alpha_code_3")
"""The province and what is above it; in Vietnamese addresses the city is the province."""

_CLOSED: Final = frozenset(c.name for entity in ENTITIES for c in entity.columns if c.personal and c.allowed)
_SOURCE_IDS: Final = frozenset(
    ["source_id"]
    + [
        name
        for entity in ENTITIES
        for name in (entity.source_id, *entity.natural_key, *(reference.column for reference in entity.references))
        if name in entity.by_name and entity.by_name[name].kind in kinds.IDENTIFIERS
    ]
)


@dataclass(frozen=True)
class Handling:
    """How a column is written; or without `how`, the reason for which it is left out."""

    column: TableColumn
    how: How | None
    reason: str = ""


def handling_of(column: TableColumn, table: Table) -> Handling:
    """How a column of a table is written."""
    name, dtype = column.name, column.dtype
    if dtype == pl.List(pl.String()) and PERSON in name:
        return Handling(column, None, "people in lists")
    if dtype in (pl.String(), pl.List(pl.String())) and _is_id(column):
        return Handling(column, "pseudonym")
    if column.free_text:
        return Handling(column, None, "free text")
    if dtype == pl.String() and column.json:
        return Handling(column, None, "JSON")
    if column.personal:
        return Handling(column, _of_profile(column) if table.key == (PERSON,) else None, "personal")
    match dtype:
        case pl.Date() | pl.Datetime():
            return Handling(column, "period")
        case pl.Int64() | pl.Float64() | pl.Boolean():
            return Handling(column, "kept")
    return Handling(column, "kept" if name in KEPT_TEXTS else None, "text that is not listed as harmless")


def is_exported(table: Table) -> bool:
    """Whether a table is of use without what is left out: its rows belong to people, or its whole key stays.

    Records that belong to no person are not exported, as it is not known whether they may be used.
    """
    names = {column.name for column in table.columns}
    if RECORD in names and PERSON not in names:
        return False
    hows = {column.name: handling_of(column, table).how for column in table.columns}
    return "pseudonym" in hows.values() or all(hows[name] for name in table.key)


def _is_id(column: TableColumn) -> bool:
    name = column.name
    is_ours = PERSON in name or RECORD in name or name == HOUSEHOLD
    is_like_one = column.personal and any(name.endswith(f"_{i}") for i in _SOURCE_IDS if "_" in i)
    return is_ours or is_like_one or any(name in (i, f"{i}s") for i in _SOURCE_IDS if "_" in i)


def _of_profile(column: TableColumn) -> How | None:
    if column.name in ("birth_date", "birth_year"):
        return "band"
    is_group = column.dtype == pl.String() and column.name in (*_PLACES, *_CLOSED)
    return "group" if is_group else None
