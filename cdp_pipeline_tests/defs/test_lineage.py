"""Column lineage is proved on data: where a source column is emptied, only columns change that name it."""

from datetime import UTC, date, datetime
from typing import Any

import dagster as dg
import polars as pl
import pytest

from cdp_pipeline.current.tables import current_table
from cdp_pipeline.definitions import defs
from cdp_pipeline.defs.lineage import current_lineage, lineage_table, profile_lineage, staging_lineage
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.profiles.addresses import PROFILE_ADDRESSES, build_profile_addresses
from cdp_pipeline.profiles.contacts import CONTACT_STATEMENTS, PROFILE_CONTACTS
from cdp_pipeline.profiles.golden import ATTRIBUTES, EVIDENCE, find_evidence
from cdp_pipeline.profiles.profiles import PROFILES
from cdp_pipeline.profiles.survivorship import choose_survivors
from cdp_pipeline.staging.stage import StagingContext, stage_rows
from cdp_pipeline.validation.tables import accepted_table

CONTEXT = StagingContext("VN", 7, {}, date(2026, 11, 16))
# Of the whole row: where it came from, and what tells it from all others.
OF_THE_ROW = {"payload_hash", "record_key", "source_id", "person_id"}
MARCH = datetime(2026, 3, 1, tzinfo=UTC)


def sources(lineage: dg.TableColumnLineage | None, asset: str) -> dict[str, set[str]]:
    assert lineage is not None
    return {
        name: {dep.column_name for dep in deps if dep.asset_key.to_user_string() == asset}
        for name, deps in lineage.deps_by_column.items()
    }


def a_value(name: str, dtype: pl.DataType) -> Any:
    """A believable value, another one in each column."""
    if "email" in name and dtype == pl.String:
        return f"{name.replace('_', '.')}@example.com"
    if "phone" in name and dtype == pl.String:
        return f"+8490{sum(map(ord, name)) % 10**7:07}"
    by_type = {pl.String: name, pl.Float64: 1.5, pl.Boolean: True, pl.Date: date(1990, 2, 3), pl.Datetime: MARCH}
    if isinstance(dtype, pl.List):
        return [name]
    return 7 if dtype.is_integer() else by_type[dtype.base_type()]


def emptied_one_by_one(schema: pl.Schema, kept: set[str]) -> tuple[pl.DataFrame, list[str]]:
    """A full row, and a copy of it for each column with that column empty; columns that are `kept` are always full."""
    full = {name: a_value(name, dtype) for name, dtype in schema.items()}
    emptied = [name for name in schema if name not in kept]
    rows = [full, *({**full, name: None} for name in emptied)]
    return pl.DataFrame(rows, schema=schema), emptied


def changed(rows: pl.DataFrame, emptied: list[str]) -> dict[str, set[str]]:
    """Which columns differ from the first row's where a column was emptied."""
    full, *others = rows.drop(OF_THE_ROW & set(rows.columns)).rows(named=True)
    return {name: {c for c, v in other.items() if v != full[c]} for name, other in zip(emptied, others, strict=True)}


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda e: e.object_type)
def test_a_staged_column_changes_only_with_the_fields_it_names(entity: Entity) -> None:
    schema = accepted_table(entity).schema
    rows, emptied = emptied_one_by_one(schema, set(schema) - set(entity.by_name))
    staged = stage_rows(rows.with_columns(is_deleted=False), entity, CONTEXT).rows
    named = sources(staging_lineage(entity), f"raw/{entity.name}")
    for column, differ in changed(staged, emptied).items():
        source = entity.by_name[column].source
        assert {c for c in differ if source not in named.get(c, set())} == set(), column


@pytest.mark.parametrize(
    "entity", [e for e in ENTITIES if e.role in ("person", "contact")], ids=lambda e: e.object_type
)
def test_a_golden_column_changes_only_with_the_columns_it_names(entity: Entity) -> None:
    rows, emptied = emptied_one_by_one(current_table(entity).schema, {"record_key", "first_seen_at", "last_seen_at"})
    keys = [f"r{number:03}" for number in range(rows.height)]
    current = {e.name: current_table(e).empty().lazy() for e in ENTITIES}
    current[entity.name] = rows.with_columns(pl.Series("record_key", keys)).lazy()
    persons = pl.LazyFrame({"record_key": keys, "person_id": keys, "object_type": [entity.object_type] * len(keys)})
    evidence = find_evidence(current, persons)
    golden = choose_survivors(evidence, ATTRIBUTES).sort("person_id").collect()
    named = sources(profile_lineage(EVIDENCE), f"current/{entity.name}")
    differing = changed(golden.select("person_id", *(n for a in ATTRIBUTES for n in a.column_names)), emptied)
    for column, differ in differing.items():
        assert {c for c in differ if column not in named.get(c, set())} == set(), column
    assert any(differing.values())


def test_an_address_column_changes_only_with_the_columns_it_names() -> None:
    rows, emptied = emptied_one_by_one(
        current_table(MOEGO_LEAD).schema, {"record_key", "first_seen_at", "last_seen_at", "source_id"}
    )
    keys = [f"r{number:03}" for number in range(rows.height)]
    current = {e.name: current_table(e).empty().lazy() for e in ENTITIES}
    current[MOEGO_LEAD.name] = rows.with_columns(pl.Series("record_key", keys)).lazy()
    persons = pl.LazyFrame({"record_key": keys, "person_id": keys, "object_type": ["moego-lead"] * len(keys)})
    built = build_profile_addresses(current, persons, date(2026, 3, 1)).sort("person_id").collect()
    named = sources(profile_lineage(PROFILE_ADDRESSES), "current/moego_lead")
    shown = built.select("person_id", *named)
    for column, differ in changed(shown, emptied).items():
        assert {c for c in differ if column not in named[c]} == set(), column


def test_every_column_it_names_is_there_in_an_asset_upstream() -> None:
    graph = defs.resolve_asset_graph()
    nodes = {key: graph.get(key) for key in graph.get_all_asset_keys()}
    columns = {
        key: {c.name for c in node.metadata["dagster/column_schema"].columns}
        for key, node in nodes.items()
        if "dagster/column_schema" in node.metadata
    }
    traced = {key: node for key, node in nodes.items() if "dagster/column_lineage" in node.metadata}
    for key, node in traced.items():
        for name, deps in node.metadata["dagster/column_lineage"].deps_by_column.items():
            assert name in columns[key]
            for dep in deps:
                assert dep.asset_key in node.parent_keys, f"{key} does not read {dep.asset_key}"
                assert dep.column_name in columns[dep.asset_key], f"{dep.asset_key} has no {dep.column_name}"
    assert {key.path[0] for key in traced} == {"staging", "current", "profiles", "serving"}


def test_a_golden_phone_can_be_followed_back_to_the_field_of_a_file() -> None:
    steps = [
        ("profiles/profile_contacts", profile_lineage(PROFILES), "primary_phone"),
        ("profiles/contact_statements", profile_lineage(PROFILE_CONTACTS), "value"),
        ("current/customer_identity", profile_lineage(CONTACT_STATEMENTS), "value"),
        ("staging/customer_identity", current_lineage(CUSTOMER_IDENTITY), "phone_e164"),
        ("raw/customer_identity", staging_lineage(CUSTOMER_IDENTITY), "phone_e164"),
    ]
    found = [sources(lineage, asset)[column] for asset, lineage, column in steps]
    assert [step & {"value", "phone_e164", "phone"} for step in found] == [
        {"value"}, {"value"}, {"phone_e164"}, {"phone_e164"}, {"phone"},
    ]  # fmt: skip


def test_columns_of_one_origin_share_a_line() -> None:
    lineage = dg.TableColumnLineage(
        {
            "phone": [dg.TableColumnDep(dg.AssetKey(["raw", "leads"]), "mobile")],
            "city": [dg.TableColumnDep(dg.AssetKey(["raw", layer]), "city") for layer in ("leads", "shops")],
            "ward": [dg.TableColumnDep(dg.AssetKey(["raw", layer]), "ward") for layer in ("leads", "shops")],
        }
    )
    assert str(lineage_table(lineage).value).splitlines()[2:] == [
        "| `phone` | `mobile` in `raw/leads` |",
        "| `city`, `ward` | the same in `raw/leads`, `raw/shops` |",
    ]
