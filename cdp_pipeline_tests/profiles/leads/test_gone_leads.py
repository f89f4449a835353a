from datetime import date

import polars as pl
import pytest

from cdp_pipeline.profiles.leads.gone_leads import LEAD_SCANS, REFUSED_LEADS, find_gone

MOEGO = {"record_key": pl.String, "id": pl.String, "company_id": pl.String, "last_drop_date": pl.Date}


def on(day: int) -> date:
    return date(2026, 1, day)


def gone(leads: list[tuple], scans: list[tuple], refused: tuple[tuple, ...] = ()) -> list[tuple]:
    frames = (
        pl.LazyFrame(rows, schema=schema, orient="row")
        for rows, schema in ((leads, MOEGO), (scans, LEAD_SCANS.schema), (list(refused), REFUSED_LEADS.schema))
    )
    return find_gone(*frames).sort("record_key").collect().rows()


@pytest.mark.parametrize(
    ("last_listed", "scanned", "gone_on"),
    [
        (1, [], None),
        (1, [1], None),
        (1, [2], 2),
        (1, [4, 2, 3], 2),
        (3, [2], None),
        (3, [2, 5], 5),
    ],
)
def test_a_lead_is_gone_since_the_first_whole_list_after_the_last_that_held_it(last_listed, scanned, gone_on):
    leads = [("r1", "ldg1", "ORG1", on(last_listed))]
    found = gone(leads, [("ORG1", on(day)) for day in scanned])
    assert found == ([] if gone_on is None else [("r1", on(gone_on))])


def test_the_list_of_another_company_says_nothing_of_a_lead():
    leads = [("r1", "ldg1", "ORG1", on(1)), ("r2", "ldg2", "ORG2", on(1)), ("r3", "ldg3", None, on(1))]
    assert gone(leads, [("ORG2", on(2))]) == [("r2", on(2))]
    assert gone(leads, [(None, on(2))]) == [("r3", on(2))]


def test_a_lead_that_was_listed_but_rejected_is_not_gone():
    leads = [("r1", "ldg1", "ORG1", on(1))]
    assert gone(leads, [("ORG1", on(2))], refused=(("ldg1", on(2)),)) == []
    assert gone(leads, [("ORG1", on(2)), ("ORG1", on(3))], refused=(("ldg1", on(2)),)) == [("r1", on(3))]


def test_the_order_of_rows_does_not_matter():
    leads = [("r1", "ldg1", "ORG1", on(1)), ("r2", "ldg2", "ORG1", on(4)), ("r3", "ldg3", "ORG2", on(2))]
    scans = [("ORG1", on(5)), ("ORG2", on(3)), ("ORG1", on(2))]
    assert gone(leads, scans) == gone(leads[::-1], scans[::-1]) == [("r1", on(2)), ("r2", on(5)), ("r3", on(3))]
