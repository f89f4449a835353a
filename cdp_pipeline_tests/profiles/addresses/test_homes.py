from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from cdp_pipeline.profiles.addresses.addresses import PROFILE_ADDRESSES
from cdp_pipeline.profiles.addresses.homes import find_shared_homes

LE_LOI = {"address": "12 Lê Lợi", "district": "Quận 1", "city": "Hồ Chí Minh"}


def homes(*addresses: dict[str, Any]) -> dict[str, str]:
    """The home of each of the people P1, P2 and so on of one company, by their addresses in order."""
    rows = [
        {"record_key": f"r{n}", "person_id": f"P{n}", "object_type": "customer-identity-address", **address}
        for n, address in enumerate(addresses, 1)
    ]
    frame = pl.LazyFrame(
        [{name: row.get(name) for name in PROFILE_ADDRESSES.schema} for row in rows], schema=PROFILE_ADDRESSES.schema
    )
    of_one_company = frame.with_columns(internal_company_id=pl.lit("ORG1"))
    return dict(find_shared_homes(of_one_company).select("person_id", "value").collect().iter_rows())


@pytest.mark.parametrize(
    "other",
    [
        {"address": "12 LE LOI", "city": "Ho Chi  Minh"},
        {"address": "12, Lê Lợi."},
        {"ward": "Bến Nghé", "zip_code": "71000"},
        {"address_type": "Live"},
        {"address_type": "PRIMARY", "object_type": "moego-lead"},
    ],
)
def test_spelling_parts_left_out_and_type_do_not_part_a_home(other):
    found = homes(LE_LOI, {**LE_LOI, **other})
    assert found["P1"] == found["P2"]


@pytest.mark.parametrize(
    "other",
    [
        {"address": "14 Lê Lợi"},
        {"district": "Quận 3"},
        {"district": None},
        {"city": "Huế"},
        {"apartment_code": "4B"},
        {"building": "Saigon Pearl", "apartment_code": "4B"},
        {"object_type": "moego-lead", "building": "Unit 7"},
    ],
)
def test_another_house_flat_district_or_city_is_another_home(other):
    found = homes(LE_LOI, {**LE_LOI, **other}, LE_LOI, {**LE_LOI, **other})
    assert found["P1"] == found["P3"] != found["P2"] == found["P4"]


@pytest.mark.parametrize(
    "address",
    [
        {"address_type": "Work"},
        {"address_type": "Hometown"},
        {"valid_to": datetime(2025, 1, 1, tzinfo=UTC)},
        {"address": "Lê Lợi"},
        {"address": None},
        {"city": None},
        {"city": "..."},
        {"building": "Saigon Pearl"},
    ],
)
def test_a_workplace_a_former_home_a_whole_street_or_a_whole_building_is_no_home(address):
    assert homes({**LE_LOI, **address}, {**LE_LOI, **address}) == {}


def test_where_wards_contradict_each_other_an_address_without_one_is_no_home():
    found = homes(LE_LOI, {**LE_LOI, "ward": "Bến Nghé"}, {**LE_LOI, "ward": "Ben Nghe"}, {**LE_LOI, "ward": "Đa Kao"})
    assert found.keys() == {"P2", "P3", "P4"}
    assert found["P2"] == found["P3"] != found["P4"]
