from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.profiles.addresses.lead_addresses import PROFILE_LEAD_ADDRESSES, build_profile_lead_addresses


def addresses(records, rows_of):
    return rows_of(build_profile_lead_addresses(records.current, records.record_persons), PROFILE_LEAD_ADDRESSES)


def test_there_is_one_row_per_moego_lead_with_an_address(records, rows_of):
    records.add(
        MOEGO_LEAD,
        id="ldg1",
        address_id="adr1",
        address_1="12 Lê Lợi",
        address_2="Tầng 3",
        address_city="Huế",
        address_postal_code="049000",
        address_country="VN",
        address_type="PRIMARY",
        latitude=16.46,
        longitude=107.59,
    )
    records.add(MOEGO_LEAD, "P2", id="ldg2", latitude=10.8, longitude=106.7, address_type="TYPE_UNSPECIFIED")
    records.add(MOEGO_LEAD, "P3", id="ldg3", address_id="adr3", address_type="PRIMARY")
    records.add(MOEGO_LEAD, None, id="ldg4", address_city="Huế")
    columns = ("source_id", "person_id", "address_1", "address_postal_code", "address_type", "latitude")
    assert [tuple(row[name] for name in columns) for row in addresses(records, rows_of)] == [
        ("ldg1", "P1", "12 Lê Lợi", "049000", "PRIMARY", 16.46),
        ("ldg2", "P2", None, None, None, 10.8),
    ]


def test_the_order_of_rows_does_not_matter(records, rows_of):
    for number in range(3):
        records.add(MOEGO_LEAD, id=f"ldg{number}", address_city=f"City {number}")
    assert addresses(records, rows_of) == addresses(records.reversed(), rows_of)
