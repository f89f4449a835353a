import json
from collections import Counter
from datetime import date

import polars as pl
import pytest

from cdp_pipeline.deliveries.days import empty_missing_days
from cdp_pipeline.deliveries.lead_scans import lead_scans, listed_companies, refused_leads
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.ingest.batch import ListPage
from cdp_pipeline.pipeline.current import current_tables, update_current
from cdp_pipeline.pipeline.run import bring_up_to_date
from cdp_pipeline.profiles.leads.gone_leads import find_gone

FIRST, SECOND, THIRD = "2026-11-16", "2026-11-17", "2026-11-18"


def lead(number: int, company: str | None = "cop1", **columns) -> dict:
    return {
        "id": f"ldg{number}",
        "companyId": company,
        "phone": f"+8491234560{number}",
        "firstName": "An",
        "lastName": "Nguyễn Văn",
        **columns,
    }


def page(*leads: object, next_page: str | None = "") -> str:
    return json.dumps({"leads": leads, "nextPageToken": next_page})


def put(place, day: str, *pages: str) -> None:
    for number, text in enumerate(pages, start=1):
        place.drop(MOEGO_LEAD, day, text, name=f"page-{number}.json")


def gone(place, *days: str) -> dict[str, date]:
    """The ids of the leads that are gone after these days were processed, in this order."""
    for day in days:
        place.process(MOEGO_LEAD, day)
    update_current(place.lake, MOEGO_LEAD)
    current = current_tables(place.lake, (MOEGO_LEAD,))["moego_lead"]
    found = find_gone(current, lead_scans(place.lake), refused_leads(place.lake))
    return dict(found.join(current, on="record_key").sort("id").select("id", "gone_on").collect().iter_rows())


def test_a_lead_that_is_missing_from_a_whole_list_is_gone_since_that_day(place):
    put(place, FIRST, page(lead(1), lead(2)))
    put(place, SECOND, page(lead(1), next_page=None))
    assert gone(place, FIRST, SECOND) == {"ldg2": date(2026, 11, 17)}


def test_a_lead_that_comes_back_is_not_gone_in_whatever_order_the_days_are_read(place):
    put(place, FIRST, page(lead(1), lead(2)))
    put(place, SECOND, page(lead(1)))
    put(place, THIRD, page(lead(1), lead(2)))
    assert gone(place, THIRD, FIRST, SECOND) == {}


def test_a_list_that_lacks_its_end_makes_nobody_gone(place):
    put(place, FIRST, page(lead(1), lead(2)))
    put(place, SECOND, page(lead(1), next_page="2"))
    assert gone(place, FIRST, SECOND) == {}


def test_an_empty_last_page_ends_the_list(place):
    put(place, FIRST, page(lead(1), lead(2)))
    put(place, SECOND, page(lead(1), next_page="2"), page())
    assert gone(place, FIRST, SECOND) == {"ldg2": date(2026, 11, 17)}


def test_a_plain_file_of_leads_is_no_list_but_shows_that_a_lead_is_there(place):
    put(place, FIRST, page(lead(1), lead(2)))
    place.drop(MOEGO_LEAD, SECOND, lead(1), name="leads.ndjson")
    assert gone(place, FIRST, SECOND) == {}
    put(place, THIRD, page(lead(1)))
    place.drop(MOEGO_LEAD, THIRD, lead(2), name="leads.ndjson")
    assert gone(place, THIRD) == {}


def test_each_company_is_judged_by_its_own_list(place):
    put(place, FIRST, page(lead(1), lead(2)), page(lead(3, "cop2"), lead(4, "cop2")))
    put(place, SECOND, page(lead(1)), page(lead(3, "cop2"), next_page="2"))
    assert gone(place, FIRST, SECOND) == {"ldg2": date(2026, 11, 17)}


def test_a_company_is_known_by_its_alias(place):
    place.settings = place.settings.model_copy(update={"company_aliases": {"cop1": "ORG1", "cop9": "ORG1"}})
    put(place, FIRST, page(lead(1), lead(2)))
    put(place, SECOND, page(lead(1, "cop9")))
    assert gone(place, FIRST, SECOND) == {"ldg2": date(2026, 11, 17)}


def test_a_rejected_lead_counts_as_listed_and_null_in_a_list_is_no_lead(place):
    put(place, FIRST, page(lead(1), lead(2), lead(3)))
    put(place, SECOND, page(lead(1), lead(2, createdTime="yesterday"), None))
    assert gone(place, FIRST, SECOND) == {"ldg3": date(2026, 11, 17)}


@pytest.mark.parametrize("damaged", ['{"leads": [{"id": "ldg2"', '{"leads": {"id": "ldg2"}, "nextPageToken": "2"}'])
def test_beside_a_page_that_cannot_be_read_no_list_counts_as_whole(place, damaged):
    put(place, FIRST, page(lead(1), lead(2)))
    put(place, SECOND, page(lead(1)), damaged)
    assert gone(place, FIRST, SECOND) == {}


def test_a_page_that_is_dropped_late_takes_its_leads_back(place):
    put(place, FIRST, page(lead(1), lead(2)))
    put(place, SECOND, page(lead(1)))
    assert list(gone(place, FIRST, SECOND)) == ["ldg2"]
    place.drop(MOEGO_LEAD, SECOND, page(lead(2), next_page="2"), name="page-0.json")
    assert gone(place, SECOND) == {}


def test_a_day_that_is_taken_back_makes_nobody_gone(place):
    put(place, FIRST, page(lead(1), lead(2)))
    put(place, SECOND, page(lead(1)))
    assert list(gone(place, FIRST, SECOND)) == ["ldg2"]
    (place.settings.raw_dir / "moego-lead" / SECOND / "page-1.json").unlink()
    empty_missing_days(place.lake, place.landing(), (MOEGO_LEAD,), place.settings, "run-2")
    assert gone(place) == {}


def test_of_two_leads_that_left_the_list_the_one_who_became_a_customer_is_converted_and_the_other_gone(
    place, customer, now
):
    put(place, FIRST, page(lead(1), lead(2), lead(3), next_page="2"), page(lead(4, "cop2")))
    put(place, SECOND, page(lead(1)), page(lead(4, "cop2"), next_page="2"))
    won = customer(1, phone="+84912345602", internalCompanyId="cop1", createdAt=1_795_000_000_000)
    place.drop(CUSTOMER_IDENTITY, SECOND, won)
    for entity in ENTITIES:
        place.process(entity, FIRST, SECOND)
    bring_up_to_date(place.lake, place.settings, now, upto="profile_leads")
    told = ("lead_id", "state", "converted_by", "converted_customer_id", "gone_on")
    left = date(2026, 11, 17)
    assert place.lake.scan("profiles", "profile_leads").sort("lead_id").select(told).collect().rows() == [
        ("ldg1", "open", None, None, None),
        ("ldg2", "converted", "phone", "C1", left),
        ("ldg3", "gone", None, None, left),
        ("ldg4", "open", None, None, None),
    ]


@pytest.mark.parametrize(
    ("pages", "whole"),
    [
        ([("A", False), ("AB", True)], ("A", "B")),
        ([("A", False), ("B", True)], ("B",)),
        ([("A", False), ("B", False), ("", True)], ()),
        ([("A", False), ("B", False), ("", True), ("", True)], ("A", "B")),
        ([("AC", False), ("BC", False), ("B", True)], ("A", "B", "C")),
        ([("", True)], ()),
        ([], ()),
    ],
)
def test_pages_with_a_company_in_common_are_one_list_and_a_bare_end_belongs_to_the_one_without(pages, whole):
    given = [ListPage(frozenset(companies), is_last) for companies, is_last in pages]
    nothing = pl.LazyFrame(schema={"rules": pl.List(pl.String), "raw": pl.String})
    for order in (given, given[::-1]):
        assert listed_companies(Counter(order), nothing, {}) == whole
