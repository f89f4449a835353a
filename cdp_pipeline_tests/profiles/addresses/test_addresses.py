from datetime import UTC, date, datetime

from polars.testing import assert_frame_equal

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_identity_address import CUSTOMER_IDENTITY_ADDRESS
from cdp_pipeline.entities.customer_product_subscriber import CUSTOMER_PRODUCT_SUBSCRIBER
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.profiles.addresses.addresses import ADDRESS_PARTS, PROFILE_ADDRESSES, build_profile_addresses

NEWEST_DROP = date(2026, 3, 1)


def built(records, as_of=NEWEST_DROP):
    return build_profile_addresses(records.current, records.record_persons, as_of)


def at(year: int, month: int = 1) -> datetime:
    return datetime(year, month, 1, tzinfo=UTC)


def lives(records, city: str, *, person: str = "P1", **columns) -> str:
    return records.add(CUSTOMER_IDENTITY_ADDRESS, person, address_type="Live", city=city, record_key=city, **columns)


def current(records, **judged) -> list[str]:
    return sorted(built(records, **judged).collect().filter("is_current")["record_key"])


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
    lives(records, "Hue", end_time=at(2025, 6))
    assert golden(records) == ["Hue"]
    lives(records, "Vinh", system_name="POS", start_time=at(2026, 6))
    assert golden(records) == ["Vinh"]
    records.add(CUSTOMER_PRODUCT_SUBSCRIBER, customer_city="HCM", record_key="subscriber")
    assert golden(records) == ["subscriber"]
    records.add(CUSTOMER_IDENTITY_ADDRESS, address_type="Hometown", city="Da Lat", record_key="hometown")
    assert golden(records) == ["hometown"]


def test_an_address_that_a_later_one_replaced_has_ended(records):
    lives(records, "Hue", start_time=at(2020))
    lives(records, "Vinh", start_time=at(2022))
    assert (golden(records), current(records)) == (["Vinh"], ["Vinh"])


def test_there_is_one_current_address_of_each_type_and_none_where_all_have_ended(records):
    lives(records, "Hue", end_time=at(2025))
    assert current(records) == []
    lives(records, "Vinh", system_name="POS")
    lives(records, "Da Lat", system_name="Web", start_time=at(2024))
    records.add(CUSTOMER_IDENTITY_ADDRESS, address_type="Work", city="HCM", record_key="work")
    records.add(CUSTOMER_IDENTITY, city="Da Nang", record_key="identity")
    records.add(CUSTOMER_PRODUCT_SUBSCRIBER, customer_city="HCM", record_key="subscriber")
    assert current(records) == ["Da Lat", "identity", "work"]


def test_periods_are_judged_at_the_end_of_the_newest_drop_date(records):
    lives(records, "Hue", start_time=at(2026, 1), end_time=datetime(2026, 3, 1, 12, tzinfo=UTC))
    lives(records, "Vinh", start_time=datetime(2026, 3, 2, tzinfo=UTC))
    assert current(records, as_of=date(2025, 12, 31)) == []
    assert current(records, as_of=date(2026, 2, 28)) == ["Hue"]
    assert current(records, as_of=date(2026, 3, 1)) == []
    assert current(records, as_of=date(2026, 3, 2)) == ["Vinh"]
    assert golden(records) == ["Vinh"]


def test_where_somebody_lives_goes_before_where_they_work_or_come_from(records):
    for kind in ("Hometown", "Work", "Live"):
        records.add(CUSTOMER_IDENTITY_ADDRESS, address_type=kind, city="Hue", record_key=kind)
    assert golden(records) == ["Live"]


def test_every_person_with_an_address_has_one_golden_address(records):
    for person in ("P1", "P2"):
        records.add(CUSTOMER_IDENTITY, person, city="Hue")
        records.add(CUSTOMER_IDENTITY, person, city="Hue")
    assert sorted(golden(records)) == ["r1", "r3"]
    assert sorted(golden(records.reversed())) == ["r1", "r3"]


def test_the_order_of_records_does_not_matter(records):
    for person in ("P1", "P2"):
        for year in (2020, 2022, None):
            start = at(year) if year else None
            records.add(CUSTOMER_IDENTITY_ADDRESS, person, address_type="Live", city="Hue", start_time=start)
            records.add(CUSTOMER_IDENTITY_ADDRESS, person, address_type="Work", city="Hue", end_time=start)
        records.add(MOEGO_LEAD, person, address_city="Austin", address_country="USA")
    assert_frame_equal(built(records).collect(), built(records.reversed()).collect(), check_row_order=False)


def test_the_country_of_every_source_is_completed(records, rows_of):
    lives(records, "Hue", country_alpha_code_2="vn")
    records.add(CUSTOMER_IDENTITY, city="Da Nang", country="Việt Nam")
    records.add(MOEGO_LEAD, address_city="Austin", address_country="US")
    columns = ("country", "country_alpha_code_2", "country_alpha_code_3", "country_problem")
    assert [tuple(row.values()) for row in rows_of(built(records), PROFILE_ADDRESSES, *columns)] == [
        ("Viet Nam", "VN", "VNM", None),
        ("Việt Nam", "VN", "VNM", None),
        ("US", "US", "USA", None),
    ]


def test_every_part_of_an_address_comes_through_as_it_was_sent(records, rows_of):
    parts = {part: f"a {part}" for part in ADDRESS_PARTS if part != "country"}
    records.add(CUSTOMER_IDENTITY_ADDRESS, address_type="Live", country="Australia", **parts)
    (row,) = rows_of(built(records), PROFILE_ADDRESSES)
    assert {part: row[part] for part in parts} == parts
