import polars as pl
import pytest

from cdp_pipeline.values.hashes import ROWS_AT_ONCE, buckets_of

IDS = pl.Series("person_id", [f"P{number:02x}" + "7" * 18 for number in range(256)])


@pytest.mark.parametrize("buckets", [2, 3, 7, 256])
def test_every_person_is_in_one_bucket_and_buckets_come_in_the_order_of_ids(buckets: int) -> None:
    people = IDS.to_frame()
    parts = [people.filter(whose) for whose in buckets_of(buckets * ROWS_AT_ONCE)]
    assert len(parts) == buckets
    assert pl.concat(parts).equals(people)


def test_buckets_hold_about_as_many_people_each() -> None:
    people = IDS.to_frame()
    assert {people.filter(whose).height for whose in buckets_of(5 * ROWS_AT_ONCE)} <= {51, 52}


def test_few_rows_are_one_bucket() -> None:
    assert buckets_of(0) == buckets_of(ROWS_AT_ONCE) == [None]


def test_there_are_never_more_buckets_than_ids_can_be_told_apart_by() -> None:
    assert len(buckets_of(10_000 * ROWS_AT_ONCE)) == 256
