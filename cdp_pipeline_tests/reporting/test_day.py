from dataclasses import replace

import pytest

from cdp_pipeline.reporting.day import EntityDay, Held, QualityDay, TableChange, is_unusual


def entity(rejected: int, *earlier: float, read: int = 1_000, kind: str = "customer-identity") -> EntityDay:
    return EntityDay(kind, 1, read, read - rejected, rejected, 0, earlier)


def quality(*entities: EntityDay, read_anything: bool = True) -> QualityDay:
    return QualityDay(("2026-11-16",), read_anything, "r1", "2026-11-16 02:00:00", entities)


@pytest.mark.parametrize(
    ("rejected", "earlier", "unusual"),
    [
        (50, (0.002, 0.003, 0.001), True),
        (50, (0.002, 0.003), False),
        (3, (0.001, 0.001, 0.001), False),
        (220, (0.2, 0.2, 0.2), False),
        (450, (0.2, 0.2, 0.2), True),
    ],
    ids=["a jump", "too few days to know", "a rise too small to matter", "always bad", "twice as bad as always"],
)
def test_a_share_is_unusual_against_the_dates_before(rejected: int, earlier: tuple[float, ...], unusual: bool) -> None:
    assert is_unusual(entity(rejected, *earlier)) is unusual


def test_the_verdict_names_the_entity_whose_rows_do_not_add_up() -> None:
    lost = EntityDay("moego-lead", 1, 10, 5, 2, 0)
    assert "unaccounted for in moego-lead" in quality(entity(1), lost).verdict


def test_the_verdict_names_the_entity_with_more_rejections_than_usual() -> None:
    said = quality(entity(100, 0.001, 0.001, 0.002), entity(0, kind="moego-lead")).verdict
    assert said.endswith("rejected in customer-identity: 10.0% of customer-identity, usually 0.1%.")


def test_a_quiet_day_is_called_one() -> None:
    assert quality(entity(0)).verdict == "All 1,000 rows read are accounted for. None was rejected."
    assert quality(entity(2)).verdict.endswith("2 were rejected, 0.20%, which is nothing unusual.")


def test_a_run_without_news_says_so() -> None:
    assert quality(entity(0), read_anything=False).verdict.startswith("No new file was read")


def test_a_range_of_dates_is_named_by_its_ends() -> None:
    several = QualityDay(("2026-11-01", "2026-11-02"), True, "r1", "")
    assert several.days == "2026-11-01 to 2026-11-02 (2 drop dates)"


def test_people_are_counted_in_the_order_in_which_one_asks() -> None:
    day = QualityDay((), True, "r1", "", people={"gone": 1, "new": 2, "people": 9, "unheard of": 4})
    assert day.people_in_order == (("people", 9), ("new", 2), ("gone", 1), ("unheard of", 4))


def test_the_most_changed_tables_come_first_and_unchanged_ones_not_at_all() -> None:
    tables = (TableChange("links", 0, 0, 0, 9), TableChange("profiles", 1, 0, 0, 9), TableChange("stores", 1, 2, 0, 0))
    assert [t.table for t in QualityDay((), True, "r1", "", tables=tables).changed_tables] == ["stores", "profiles"]


def test_a_day_is_sound_unless_rows_are_missing_or_unusually_many_were_rejected() -> None:
    assert quality(entity(2, 0.001, 0.002, 0.003)).is_sound
    assert not quality(entity(100, 0.001, 0.002, 0.003)).is_sound
    assert not quality(EntityDay("moego-lead", 1, 10, 5, 2, 0)).is_sound


def test_held_deliveries_are_the_first_thing_said_also_by_a_run_that_read_nothing() -> None:
    bad, worse = Held("moego-lead", "2026-11-14", 9, 0, 9), Held("sms-interaction", "2026-11-15", 9, 1, 8)
    day = replace(quality(entity(0), read_anything=False), held=(bad,))
    assert day.verdict.startswith("1 delivery is held and not used: moego-lead 2026-11-14. No new file was read")
    assert not day.is_sound
    several = replace(day, held=(bad, worse)).verdict
    assert several.startswith("2 deliveries are held and not used: moego-lead 2026-11-14, sms-interaction 2026-11-15.")
