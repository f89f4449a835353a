from cdp_pipeline.entities.customer_product_activity import CUSTOMER_PRODUCT_ACTIVITY
from cdp_pipeline.entities.customer_product_comment import CUSTOMER_PRODUCT_COMMENT
from cdp_pipeline.entities.customer_product_review import CUSTOMER_PRODUCT_REVIEW
from cdp_pipeline.entities.customer_product_subscriber import CUSTOMER_PRODUCT_SUBSCRIBER
from cdp_pipeline.profiles.dimensions.products import PRODUCTS, build_products, product_key


def products(records, rows_of, *columns: str) -> list[tuple]:
    return [tuple(row.values()) for row in rows_of(build_products(records.current, "VND"), PRODUCTS, *columns)]


def test_there_is_one_row_per_product_over_all_four_entities(records, rows_of):
    records.add(CUSTOMER_PRODUCT_ACTIVITY, day=1, product_sku="S1", product_name="Dog food", product_category_id="F")
    records.add(CUSTOMER_PRODUCT_COMMENT, day=2, product_sku="S1", product_category="Food", product_id="77")
    records.add(CUSTOMER_PRODUCT_REVIEW, day=3, product_sku="S1", product_link="https://shop.vn/s1")
    records.add(CUSTOMER_PRODUCT_SUBSCRIBER, day=4, product_sku="S1", product_name="Dog food 2 kg")
    columns = ("product_sku", "product_name", "product_category", "product_category_id", "product_id", "product_link")
    assert products(records, rows_of, *columns, "record_count") == [
        ("S1", "Dog food 2 kg", "Food", "F", "77", "https://shop.vn/s1", 4)
    ]


def test_prices_are_the_newest_ones_in_the_default_currency_and_a_negative_one_is_none(records, rows_of):
    records.add(CUSTOMER_PRODUCT_ACTIVITY, day=1, product_sku="S1", price=90_000.0)
    records.add(
        CUSTOMER_PRODUCT_COMMENT, day=2, product_sku="S1", product_price=95_000.0, product_price_4_sale=80_000.0
    )
    records.add(CUSTOMER_PRODUCT_REVIEW, day=3, product_sku="S1", product_price=-1.0)
    columns = ("price", "price_4_sale", "currency")
    assert products(records, rows_of, *columns) == [(95_000.0, 80_000.0, "VND")]


def test_a_product_without_a_price_has_no_currency(records, rows_of):
    records.add(CUSTOMER_PRODUCT_SUBSCRIBER, product_sku="S1")
    assert products(records, rows_of, "price", "currency") == [(None, None)]


def test_the_key_of_a_mention_is_the_key_of_its_product(records, rows_of):
    records.add(CUSTOMER_PRODUCT_ACTIVITY, product_sku="S1")
    built = build_products(records.current, "VND")
    assert built.select(product_key().alias("key")).collect()["key"].to_list() == [
        key for (key,) in products(records, rows_of, "product_key")
    ]
