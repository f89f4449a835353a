import json
import random
from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from cdp_pipeline.current.continuing import (
    as_versions,
    continue_fields,
    continue_rows,
    continued_records,
    repeated_records,
)
from cdp_pipeline.current.custom_fields import current_custom_fields
from cdp_pipeline.current.latest import latest_versions
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


def random_versions(seed: int, at, dropped) -> list[dict[str, object]]:
    chance = random.Random(seed)

    def maybe(*values: object) -> object:
        return chance.choice([None, *values])

    def version() -> dict[str, object]:
        day, name, phone = chance.randint(1, 6), maybe("An", "Bình"), maybe("0912345678", "09xxx")
        keys = chance.sample("abc", chance.randint(0, 2))
        return {
            "record_key": f"k{chance.randint(1, 12)}",
            "drop_date": dropped(day),
            # Most senders send what happened lately, some of them late, and some without a time.
            "business_at": chance.choice([at(day), at(day), at(max(1, day - 2)), None]) if seed % 4 else None,
            "source_file": chance.choice(["a.csv", "b.csv"]),
            "is_deleted": chance.random() < 0.2,
            "gender": maybe("undefined", "Male"),
            "city": maybe("Huế", "Hà Nội"),
            "nick_names": maybe(["An"], ["An", "Ân"]),
            "phone": phone,
            "phone_e164": phone and chance.choice([None, "+84912345678"]),
            "full_name": name,
            "display_name": name,
            "custom_fields": json.dumps({"customFieldTexts": {key: str(chance.randint(1, 9)) for key in keys}})
            if keys
            else None,
            "ignored_update_cfs": maybe(["a"]),
        }

    return [version() for _ in range(60)]


@pytest.mark.parametrize("seed", range(12))
def test_continuing_a_row_gives_what_folding_all_its_versions_gives(seed: int, staged, at, dropped) -> None:
    days = staged(CUSTOMER_IDENTITY, *random_versions(seed, at, dropped))
    is_new = pl.col("drop_date") >= dropped(5)
    known, news = days.filter(~is_new), days.filter(is_new)
    keys = continued_records(folded(known), news)
    assert keys.len()
    are_continued = pl.col("record_key").is_in(keys.implode())
    before, later, every = folded(known).filter(are_continued), news.filter(are_continued), days.filter(are_continued)
    versions = pl.concat([as_versions(before, CUSTOMER_IDENTITY), later])
    assert_frame_equal(
        continue_rows(before, versions, CUSTOMER_IDENTITY).sort("record_key"), folded(every).sort("record_key")
    )
    fields = fields_of(versions)
    continued = continue_fields(fields_of(known).filter(are_continued), fields)
    order = ["record_key", "container", "key"]
    assert_frame_equal(continued.sort(order), fields_of(every).sort(order))


def test_a_row_that_says_what_it_said_is_repeated_whenever_it_was_sent(staged, at, dropped) -> None:
    known = {"business_at": at(5), "drop_date": dropped(1), "full_name": "An", "nick_names": ["Ân"]}
    again, renamed = known | {"drop_date": date(2026, 3, 9)}, known | {"full_name": "Bình", "drop_date": dropped(2)}
    before = folded(staged(CUSTOMER_IDENTITY, known, known | {"record_key": "k2"}))
    news = staged(CUSTOMER_IDENTITY, again, renamed | {"record_key": "k2"})
    versions = pl.concat([as_versions(before, CUSTOMER_IDENTITY), news])
    assert repeated_records(before, continue_rows(before, versions, CUSTOMER_IDENTITY)).to_list() == ["k1"]
