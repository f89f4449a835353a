from hashlib import md5

import polars as pl

from cdp_pipeline.entities.customer_product_activity import CUSTOMER_PRODUCT_ACTIVITY
from cdp_pipeline.profiles.dimensions.dimensions import dimension_key, latest_values, mentions

IDS = ("product_sku",)


def latest(records) -> list[tuple]:
    attributes = ("product_name", "product_category")
    activities = records.current[CUSTOMER_PRODUCT_ACTIVITY.name]
    mentioned = mentions(activities, IDS, pl.col(attributes))
    columns = ("system_name", *IDS, *attributes, "record_count")
    return latest_values([mentioned], IDS, attributes).select(columns).sort(columns, nulls_last=True).collect().rows()


def keys(*rows: tuple) -> list[str | None]:
    schema = dict.fromkeys(("internal_company_id", "system_name", *IDS), pl.String)
    mentioned = pl.DataFrame(rows, schema=schema, orient="row")
    return mentioned.select(dimension_key("product", *IDS).alias("key"))["key"].to_list()


def test_each_attribute_has_its_newest_value_that_is_not_blank(records):
    records.add(CUSTOMER_PRODUCT_ACTIVITY, day=1, product_sku="S1", product_name="Dog food", product_category="Food")
    records.add(CUSTOMER_PRODUCT_ACTIVITY, day=3, product_sku="S1", product_name="Dog food 2 kg")
    records.add(CUSTOMER_PRODUCT_ACTIVITY, day=2, product_sku="S1", product_name="Dogfood", product_category="Pets")
    assert latest(records) == [("CRM", "S1", "Dog food 2 kg", "Pets", 3)]


def test_two_systems_may_give_two_things_one_id(records):
    records.add(CUSTOMER_PRODUCT_ACTIVITY, product_sku="S1", product_name="Dog food")
    records.add(CUSTOMER_PRODUCT_ACTIVITY, product_sku="S1", product_name="Shampoo", system_name="Website")
    records.add(CUSTOMER_PRODUCT_ACTIVITY, product_sku="S1", product_name="Leash", system_name=None)
    assert latest(records) == [
        ("CRM", "S1", "Dog food", None, 1),
        ("Website", "S1", "Shampoo", None, 1),
        (None, "S1", "Leash", None, 1),
    ]


def test_of_two_descriptions_of_one_moment_the_first_by_value_holds_whatever_the_order_of_rows(records):
    records.add(CUSTOMER_PRODUCT_ACTIVITY, product_sku="S1", product_name="Shampoo")
    records.add(CUSTOMER_PRODUCT_ACTIVITY, product_sku="S1", product_name="Leash")
    assert latest(records) == latest(records.reversed()) == [("CRM", "S1", "Leash", None, 2)]


def test_a_record_without_a_person_describes_and_a_deleted_one_or_one_without_id_does_not(records):
    records.add(CUSTOMER_PRODUCT_ACTIVITY, None, product_sku="S1", product_name="Dog food")
    records.add(CUSTOMER_PRODUCT_ACTIVITY, None, day=2, product_sku="S1", product_name="Gone", is_deleted=True)
    records.add(CUSTOMER_PRODUCT_ACTIVITY, day=2, product_name="Nameless")
    assert latest(records) == [("CRM", "S1", "Dog food", None, 1)]


def test_a_key_is_the_same_on_every_machine_and_tells_company_system_and_id_apart():
    found = keys(("ORG1", "CRM", "S1"), ("ORG1", "CRM", "S2"), ("ORG1", "Web", "S1"), ("ORG2", "CRM", "S1"))
    assert found[0] == "product:" + md5(b"product\x1fORG1\x1fCRM\x1fS1").hexdigest()
    assert len(set(found)) == 4


def test_a_thing_without_company_or_system_has_a_key_and_one_without_id_has_none():
    unnamed, without_id = keys((None, None, "S1"), ("ORG1", "CRM", None))
    assert unnamed is not None
    assert without_id is None
