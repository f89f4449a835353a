import polars as pl
import pytest
from polars.testing import assert_frame_equal

from cdp_pipeline.current.custom_fields import current_custom_fields
from cdp_pipeline.current.latest import latest_versions
from cdp_pipeline.current.prior_rows import continued_records
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY


def folded(versions: pl.DataFrame) -> pl.DataFrame:
    return latest_versions(versions.lazy(), CUSTOMER_IDENTITY).collect()


def fields_of(versions: pl.DataFrame) -> pl.DataFrame:
    return current_custom_fields(versions.lazy(), CUSTOMER_IDENTITY).collect()


@pytest.fixture
def is_continued(staged):
    """Whether a record, known by some versions, is only continued by another one."""

    def ask(*known: dict[str, object], then: dict[str, object]) -> bool:
        before, news = staged(CUSTOMER_IDENTITY, *known), staged(CUSTOMER_IDENTITY, then)
        return continued_records(folded(before), news).to_list() == ["k1"]

    return ask


def test_what_comes_later_and_is_no_older_continues_a_record(is_continued, at, dropped) -> None:
    known = {"business_at": at(5), "drop_date": dropped(1)}
    assert is_continued(known, then={"business_at": at(6), "drop_date": dropped(2)})
    assert is_continued(known, then={"business_at": at(5), "drop_date": dropped(2)})
    assert is_continued(known, then={"drop_date": dropped(2)})
    assert is_continued({"drop_date": dropped(1)}, then={"business_at": at(1), "drop_date": dropped(2)})


def test_a_late_day_or_an_older_business_time_does_not(is_continued, at, dropped) -> None:
    known = {"business_at": at(5), "drop_date": dropped(3)}
    assert not is_continued(known, then={"business_at": at(4), "drop_date": dropped(4)})
    assert not is_continued(known, then={"business_at": at(6), "drop_date": dropped(2)})
    assert not is_continued(known, then={"business_at": at(6), "drop_date": dropped(3)})


@pytest.mark.parametrize("seed", range(12))
def test_a_row_stands_for_the_versions_it_was_folded_from(seed: int, staged, dropped, random_customers) -> None:
    days = staged(CUSTOMER_IDENTITY, *random_customers(seed))
    is_new = pl.col("drop_date") >= dropped(5)
    known, news = days.filter(~is_new), days.filter(is_new)
    keys = continued_records(folded(known), news)
    assert keys.len()
    are_continued = pl.col("record_key").is_in(keys.implode())
    before, fields_before = folded(known).filter(are_continued), fields_of(known).filter(are_continued)
    later, every = news.filter(are_continued).lazy(), days.filter(are_continued)
    assert_frame_equal(
        latest_versions(later, CUSTOMER_IDENTITY, before).collect().sort("record_key"),
        folded(every).sort("record_key"),
    )
    order = ["record_key", "container", "key"]
    assert_frame_equal(
        current_custom_fields(later, CUSTOMER_IDENTITY, before, fields_before).collect().sort(order),
        fields_of(every).sort(order),
    )


def test_a_row_without_new_versions_does_not_continue(staged, dropped) -> None:
    before, news = folded(staged(CUSTOMER_IDENTITY, {})), staged(CUSTOMER_IDENTITY, {"record_key": "k2"})
    assert continued_records(before, news).to_list() == []
