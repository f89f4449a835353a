from datetime import UTC, datetime

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_identity_address import CUSTOMER_IDENTITY_ADDRESS
from cdp_pipeline.entities.customer_product_subscriber import CUSTOMER_PRODUCT_SUBSCRIBER
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.profiles.addresses import PROFILE_ADDRESSES, build_profile_addresses


def built(records):
    return build_profile_addresses(records.current, records.record_persons)


def golden(records):
    return built(records).collect().filter("is_primary")["record_key"].to_list()


def test_there_is_one_row_per_record_that_gives_an_address_in_the_columns_of_the_address_entity(records, rows_of):
    records.add(CUSTOMER_IDENTITY_ADDRESS, address_type="Work", city="Hue", district="Phu Hoi", address="1 Le Loi")
    records.add(CUSTOMER_IDENTITY, customer_id="C1", city="Da Nang", building="Richstar")
    records.add(
        MOEGO_LEAD, address_1="5 Main St", address_2="Floor 2", address_city="Austin", address_postal_code="01234"
    )
    records.add(CUSTOMER_PRODUCT_SUBSCRIBER, customer_city="HCM", customer_district="Tan Phu")
    records.add(CUSTOMER_IDENTITY, customer_id="C2")
    columns = ("object_type", "city", "district", "address", "building", "zip_code")
    assert [tuple(row.values()) for row in rows_of(built(records), PROFILE_ADDRESSES, *columns)] == [
        ("customer-identity-address", "Hue", "Phu Hoi", "1 Le Loi", None, None),
        ("customer-identity", "Da Nang", None, None, "Richstar", None),
        ("moego-lead", "Austin", None, "5 Main St", "Floor 2", "01234"),
        ("customer-product-subscriber", "HCM", "Tan Phu", None, None, None),
    ]


def test_a_type_that_moego_leaves_open_is_none(records, rows_of):
    records.add(MOEGO_LEAD, address_city="Austin", address_type="TYPE_UNSPECIFIED")
    records.add(MOEGO_LEAD, address_city="Austin", address_type="PRIMARY")
    assert [row["address_type"] for row in rows_of(built(records), PROFILE_ADDRESSES)] == [None, "PRIMARY"]


def test_the_golden_address_is_of_the_best_source_however_old(records):
    records.add(CUSTOMER_PRODUCT_SUBSCRIBER, day=4, customer_city="HCM", record_key="subscriber")
    assert golden(records) == ["subscriber"]
    records.add(MOEGO_LEAD, day=3, address_city="Austin", record_key="moego")
    assert golden(records) == ["moego"]
    records.add(CUSTOMER_IDENTITY, day=2, city="Da Nang", record_key="identity")
    assert golden(records) == ["identity"]
    records.add(CUSTOMER_IDENTITY_ADDRESS, day=1, city="Hue", record_key="address")
    assert golden(records) == ["address"]


def test_an_address_that_has_ended_is_golden_only_where_none_holds(records):
    ended = datetime(2025, 6, 1, tzinfo=UTC)
    records.add(CUSTOMER_IDENTITY_ADDRESS, address_type="Live", city="Hue", end_time=ended)
    assert golden(records) == ["r1"]
    records.add(CUSTOMER_IDENTITY_ADDRESS, address_type="Hometown", city="Vinh")
    assert golden(records) == ["r2"]


def test_where_somebody_lives_goes_before_where_they_work_or_come_from(records):
    for kind in ("Hometown", "Work", "Live"):
        records.add(CUSTOMER_IDENTITY_ADDRESS, address_type=kind, city="Hue", record_key=kind)
    assert golden(records) == ["Live"]


def test_every_person_with_an_address_has_one_golden_address(records):
    for person in ("P1", "P2"):
        records.add(CUSTOMER_IDENTITY, person, city="Hue")
        records.add(CUSTOMER_IDENTITY, person, city="Hue")
    assert sorted(golden(records)) == ["r1", "r3"]
