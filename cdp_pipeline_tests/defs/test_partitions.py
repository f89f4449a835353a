from datetime import UTC, datetime

import dagster as dg
import pytest

from cdp_pipeline.defs.partitions import DropDates, asked_dates

DATES = DropDates(start_date="2024-02-28", timezone="Etc/GMT-7", end_offset=1)


@pytest.mark.parametrize(
    ("moment", "last"),
    [
        (datetime(2024, 2, 27, 16, 59, tzinfo=UTC), "2024-02-28"),
        (datetime(2024, 2, 27, 17, 0, tzinfo=UTC), "2024-02-28"),
        (datetime(2024, 2, 28, 17, 0, tzinfo=UTC), "2024-02-29"),
        (datetime(2026, 11, 18, 16, 59, tzinfo=UTC), "2026-11-18"),
        (datetime(2026, 11, 18, 17, 0, tzinfo=UTC), "2026-11-19"),
    ],
)
def test_the_keys_are_those_that_dagster_lists_and_end_with_today(moment: datetime, last: str) -> None:
    keys = DATES.get_partition_keys(moment)
    assert keys == dg.DailyPartitionsDefinition.get_partition_keys(DATES, moment)
    assert (keys[0], keys[-1]) == ("2024-02-28", last)


def test_a_caller_that_changes_its_keys_changes_no_others() -> None:
    keys = list(DATES.get_partition_keys())
    DATES.get_partition_keys().clear()
    assert DATES.get_partition_keys() == keys


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({"dagster/partition": "2026-11-16"}, "2026-11-16"),
        (
            {"dagster/asset_partition_range_start": "2026-11-16", "dagster/asset_partition_range_end": "2026-11-16"},
            "2026-11-16",
        ),
        (
            {"dagster/asset_partition_range_start": "2026-11-01", "dagster/asset_partition_range_end": "2026-11-16"},
            "2026-11-01 to 2026-11-16",
        ),
        ({}, ""),
    ],
)
def test_the_dates_that_a_run_was_asked_for_are_told_by_its_tags(tags: dict[str, str], words: str) -> None:
    assert asked_dates(tags) == words
