from datetime import date
from typing import Any

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_membership import CUSTOMER_MEMBERSHIP
from cdp_pipeline.entities.customer_product_comment import CUSTOMER_PRODUCT_COMMENT
from cdp_pipeline.entities.customer_relationship import CUSTOMER_RELATIONSHIP
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.profiles.golden.attributes import (
    ATTRIBUTES,
    CHILD_ATTRIBUTES,
    EVIDENCE,
    EVIDENCE_SOURCES,
    find_evidence,
)
from cdp_pipeline.profiles.golden.survivorship import choose_survivors
from cdp_pipeline.profiles.records.records import MOST_RECORD_KEYS


def golden(records) -> dict[str, Any]:
    evidence = find_evidence(records.current, records.record_persons)
    return choose_survivors(evidence, ATTRIBUTES).collect().row(0, named=True)


def test_every_attribute_has_a_name_and_columns_of_its_own_a_reason_and_a_strategy_that_fits():
    declared = (*ATTRIBUTES, *CHILD_ATTRIBUTES)
    columns = [name for attribute in declared for name in attribute.column_names]
    assert len(columns) == len(set(columns))
    assert len(declared) == len({attribute.name for attribute in declared})
    assert [a.name for a in declared if not a.reason.endswith(".") or a.strategy not in a.allowed_strategies] == []


def test_an_order_of_sources_names_every_source_that_speaks():
    orders = [attribute.sources for attribute in ATTRIBUTES if attribute.strategy == "source_priority"]
    assert [sorted(s for tier in order for s in tier) for order in orders] == [sorted(EVIDENCE_SOURCES)] * len(orders)


def test_evidence_has_one_row_per_record_and_one_for_all_equal_mentions(records, rows_of):
    records.add(CUSTOMER_IDENTITY, display_name="Nguyen Minh Dee")
    for day in (2, 4, 3):
        records.add(CUSTOMER_PRODUCT_COMMENT, day=day, display_name="Dee")
    rows = rows_of(find_evidence(records.current, records.record_persons), EVIDENCE)
    assert [(row["record_key"], row["record_count"], row["last_seen_at"].day) for row in rows] == [
        ("r1", 1, 1),
        ("r2", 3, 4),
    ]


def test_equal_mentions_name_their_records_up_to_a_limit(records, rows_of):
    keys = [
        records.add(CUSTOMER_PRODUCT_COMMENT, record_key=f"c{n:03}", display_name="Dee")
        for n in range(MOST_RECORD_KEYS + 5)
    ]
    row = rows_of(find_evidence(records.current, records.record_persons), EVIDENCE)[0]
    assert (row["record_key"], row["record_count"]) == (keys[0], len(keys))
    assert row["further_record_keys"] == keys[1:MOST_RECORD_KEYS]


def test_the_name_of_a_customer_record_goes_before_one_given_in_passing_however_old(records):
    records.add(CUSTOMER_PRODUCT_COMMENT, day=9, display_name="Dee")
    assert golden(records)["display_name"] == "Dee"
    records.add(CUSTOMER_MEMBERSHIP, day=5, display_name="Dee Nguyen")
    assert golden(records)["display_name"] == "Dee Nguyen"
    records.add(CUSTOMER_IDENTITY, day=1, display_name="Nguyen Minh Dee")
    assert golden(records)["display_name"] == "Nguyen Minh Dee"


def test_the_parts_of_a_name_come_from_the_record_of_the_whole_name(records):
    records.add(CUSTOMER_IDENTITY, day=1, display_name="Nguyen Minh Dee", first_name="Nguyen", last_name="Dee")
    records.add(CUSTOMER_IDENTITY, day=2, display_name="Nguyen Dee")
    chosen = golden(records)
    assert (chosen["display_name"], chosen["first_name"], chosen["last_name"]) == ("Nguyen Dee", None, None)


def test_a_relative_named_in_a_relationship_lends_the_customer_nothing(records):
    records.add(CUSTOMER_IDENTITY, day=1, display_name="Nguyen Dee", gender="female")
    records.add(CUSTOMER_RELATIONSHIP, day=2, display_name="Tran Be", gender="male", birth_date=date(2015, 5, 1))
    chosen = golden(records)
    assert (chosen["display_name"], chosen["gender"], chosen["birth_date"]) == ("Nguyen Dee", "female", None)


def test_the_birth_date_of_a_customer_goes_before_that_of_a_newer_lead(records):
    records.add(CUSTOMER_IDENTITY, day=1, birth_date=date(1988, 6, 15), birth_year=1988)
    records.add(LEAD_INFORMATION, day=2, birth_date=date(2020, 3, 18), birth_year=2020)
    assert golden(records)["birth_date"] == date(1988, 6, 15)


def test_a_year_alone_holds_only_where_nobody_gives_a_date_and_the_date_says_the_year(records):
    records.add(CUSTOMER_IDENTITY, day=2, birth_year=1989)
    assert (golden(records)["birth_date"], golden(records)["birth_year"]) == (None, 1989)
    records.add(LEAD_INFORMATION, day=1, birth_date=date(1988, 6, 15))
    assert (golden(records)["birth_date"], golden(records)["birth_year"]) == (date(1988, 6, 15), 1988)


def test_the_source_of_a_person_is_that_of_the_first_record(records):
    records.add(CUSTOMER_IDENTITY, day=2, source_channel="Offline")
    records.add(MOEGO_LEAD, day=1, referral_source_name="Walk-in")
    assert (golden(records)["source_channel"], golden(records)["source_name"]) == (None, "Walk-in")


def test_a_placeholder_is_the_name_only_where_nothing_else_is_known(records):
    records.add(LEAD_INFORMATION, day=1, display_name="Lê Thị Hà", name_match="ha le thi", first_name="Lê")
    records.add(CUSTOMER_IDENTITY, day=9, display_name="Khách lẻ", first_name="Khách", last_name="lẻ")
    assert golden(records)["display_name"] == "Lê Thị Hà"
    assert (golden(records)["first_name"], golden(records)["last_name"]) == ("Lê", None)


def test_a_person_of_whom_only_a_placeholder_is_known_is_called_by_it(records):
    records.add(CUSTOMER_IDENTITY, display_name="Khách lẻ")
    records.add(CUSTOMER_PRODUCT_COMMENT, display_name="Khách lẻ")
    assert golden(records)["display_name"] == "Khách lẻ"
