from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_product_subscriber import CUSTOMER_PRODUCT_SUBSCRIBER
from cdp_pipeline.profiles.dimensions.dimensions import STORES, build_stores


def stores(records, rows_of) -> list[tuple]:
    columns = ("system_name", "store_id", "store_name", "store_city", "store_district", "record_count")
    return sorted(tuple(row.values()) for row in rows_of(build_stores(records.current), STORES, *columns))


def test_there_is_one_row_per_store_of_a_system_named_by_subscriptions_and_placed_by_both(records, rows_of):
    records.add(CUSTOMER_PRODUCT_SUBSCRIBER, day=1, store_id="CH1", store_name="Le Loi", store_city="Huế")
    records.add(CUSTOMER_IDENTITY, day=2, store_id="CH1", store_city="Hue", store_district="Phú Hội")
    records.add(CUSTOMER_IDENTITY, day=2, store_id="CH1", system_name="POS")
    assert stores(records, rows_of) == [
        ("CRM", "CH1", "Le Loi", "Hue", "Phú Hội", 2),
        ("POS", "CH1", None, None, None, 1),
    ]


def test_a_record_that_names_no_store_and_a_deleted_one_make_none(records, rows_of):
    records.add(CUSTOMER_IDENTITY, store_city="Huế")
    records.add(CUSTOMER_IDENTITY, store_id="CH1", is_deleted=True)
    assert stores(records, rows_of) == []
