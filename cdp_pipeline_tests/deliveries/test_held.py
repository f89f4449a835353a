"""Broken deliveries are held: none of their rows are used, all are counted, and what was in use before stays."""

import json
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cdp_pipeline.deliveries.days import empty_missing_days, pending
from cdp_pipeline.deliveries.held import accept_deliveries, held_deliveries
from cdp_pipeline.deliveries.lead_scans import lead_scans, refused_leads
from cdp_pipeline.deliveries.rejections import read_rejected, rejected_files, rejected_since
from cdp_pipeline.deliveries.reports import LedgerLine, newest_day_report, read_day_report
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.pipeline.current import clear_current_state, current_tables, update_current
from cdp_pipeline.profiles.leads.gone_leads import find_gone
from cdp_pipeline.store.lake import Lake
from cdp_pipeline_tests.deliveries.conftest import copy_folder, place_in

DAY, NEXT_DAY, LAST_DAY = "2026-11-16", "2026-11-17", "2026-11-18"
CUSTOMERS = CUSTOMER_IDENTITY.name
BAD = ["not json"] * 30
ONLY_CUSTOMERS = (CUSTOMER_IDENTITY,)


def customers(place: Any) -> list[str]:
    """Who is there, folded from what changed; folding everything must give the same rows."""
    update_current(place.lake, CUSTOMER_IDENTITY)
    found = place.lake.scan("current", CUSTOMERS).collect().sort("record_key")
    clear_current_state(place.lake, CUSTOMER_IDENTITY)
    update_current(place.lake, CUSTOMER_IDENTITY)
    assert place.lake.scan("current", CUSTOMERS).collect().sort("record_key").equals(found)
    return found["customer_id"].sort().to_list()


def held(place: Any) -> list[str | None]:
    return [line.drop_date for line in held_deliveries(place.lake, ENTITIES)]


def lines(place: Any, day: str = DAY) -> list[tuple[str, int, int, int]]:
    """The day's ledger: run, read, accepted, rejected; the last line holds."""
    report = newest_day_report(place.lake, CUSTOMERS, day)
    assert report is not None
    return [(line.run_id, line.read, line.accepted, line.rejected) for line in (*report.earlier, report.line)]


def rejected(place: Any) -> int:
    return len(list(read_rejected(place.lake, ONLY_CUSTOMERS)))


def waiting(place: Any) -> list[str]:
    """The days that the next run would read."""
    return [work.day for work in pending(place.lake, place.landing(), ENTITIES, place.settings)]


@pytest.fixture(scope="module")
def two_days(tmp_path_factory: pytest.TempPathFactory, customer: Any) -> Path:
    """The folder of a good day of two customers, read, after a day of one other customer; tests work on copies."""
    folder = tmp_path_factory.mktemp("two_days")
    place = place_in(folder)
    place.drop(CUSTOMER_IDENTITY, LAST_DAY, customer(9))
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1), customer(2))
    place.process(CUSTOMER_IDENTITY, DAY, LAST_DAY)
    assert customers(place) == ["C1", "C2", "C9"]
    return folder


@pytest.fixture
def good(place: Any, two_days: Path, tmp_path: Path) -> Path:
    """The file of the good day of `two_days`."""
    copy_folder(two_days, tmp_path)
    (path,) = (place.settings.raw_dir / CUSTOMER_IDENTITY.object_type / DAY).iterdir()
    return path


@pytest.fixture
def broken(place: Any, good: Path, customer: Any) -> Path:
    """The same file after it was delivered again, broken: of 32 rows two are accepted, one of them of somebody new."""
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1, fullName="Trần Thị Hoa"), customer(3), *BAD)
    place.process(CUSTOMER_IDENTITY, DAY, run_id="run-2")
    assert held(place) == [DAY]
    return good


def test_a_broken_delivery_of_a_new_day_is_counted_and_none_of_its_rows_are_used(place, customer):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1))
    place.drop(CUSTOMER_IDENTITY, NEXT_DAY, customer(1, fullName="Trần Thị Hoa"), customer(2), *BAD)
    done = place.process(CUSTOMER_IDENTITY, DAY, NEXT_DAY)
    assert (done.read, done.accepted, done.rejected) == (33, 3, 30)
    assert (held(place), customers(place), rejected(place)) == ([NEXT_DAY], ["C1"], 30)
    assert done.staged.collect()["full_name"].to_list() == ["Nguyễn Văn An"]
    assert waiting(place) == []


def test_a_day_delivered_again_broken_keeps_the_rows_of_before(place, broken):
    assert customers(place) == ["C1", "C2", "C9"]
    assert place.lake.scan("current", CUSTOMERS).filter(pl.col("customer_id") == "C1").collect()[
        "full_name"
    ].item() == ("Nguyễn Văn An")
    assert lines(place) == [("run-1", 2, 2, 0), ("run-2", 32, 2, 30)]
    assert (rejected(place), waiting(place)) == (30, [])


def test_reading_a_held_delivery_again_changes_nothing(place, broken):
    place.process(CUSTOMER_IDENTITY, DAY, reprocess=True, run_id="run-3")
    assert (held(place), customers(place)) == ([DAY], ["C1", "C2", "C9"])
    assert [run for run, *_ in lines(place)] == ["run-1", "run-2", "run-3"]


def test_the_repaired_file_is_used_at_once(place, broken, customer):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(3), customer(4))
    assert waiting(place) == [DAY]
    place.process(CUSTOMER_IDENTITY, DAY, run_id="run-3")
    assert (held(place), customers(place), rejected(place)) == ([], ["C3", "C4", "C9"], 0)
    assert lines(place)[-1] == ("run-3", 2, 2, 0)


def test_an_accepted_delivery_is_used_until_its_files_change(place, broken, customer):
    assert accept_deliveries(place.lake, CUSTOMER_IDENTITY, [DAY, LAST_DAY]) == [DAY]
    assert (held(place), customers(place), rejected(place)) == ([], ["C1", "C3", "C9"], 30)
    place.process(CUSTOMER_IDENTITY, DAY, reprocess=True)
    assert held(place) == []
    place.drop(CUSTOMER_IDENTITY, DAY, customer(5), *BAD, "not json either")
    place.process(CUSTOMER_IDENTITY, DAY)
    assert (held(place), customers(place)) == ([DAY], ["C1", "C3", "C9"])


def test_an_accepted_file_that_comes_back_after_a_broken_one_is_still_accepted(place, broken, customer):
    accepted = broken.read_text()
    accept_deliveries(place.lake, CUSTOMER_IDENTITY, [DAY])
    for text in (accepted + "one more\n", accepted):
        broken.write_text(text)
        place.process(CUSTOMER_IDENTITY, DAY)
    assert (held(place), customers(place)) == ([], ["C1", "C3", "C9"])


def test_a_removed_file_brings_back_what_was_in_use_with_its_line_in_the_ledger(place, broken):
    broken.unlink()
    assert waiting(place) == [DAY]
    place.process(CUSTOMER_IDENTITY, DAY, run_id="run-3")
    assert (held(place), customers(place), rejected(place), waiting(place)) == ([], ["C1", "C2", "C9"], 0, [])
    assert lines(place) == [("run-1", 2, 2, 0), ("run-2", 32, 2, 30), ("run-3", 2, 2, 0)]


def test_a_removed_file_of_a_day_that_was_never_used_leaves_an_empty_day(place, customer):
    path = place.drop(CUSTOMER_IDENTITY, DAY, customer(1), *BAD)
    place.process(CUSTOMER_IDENTITY, DAY)
    path.unlink()
    place.process(CUSTOMER_IDENTITY, DAY, run_id="run-2")
    assert (held(place), customers(place), rejected(place)) == ([], [], 0)
    assert lines(place) == [("run-1", 31, 1, 30), ("run-2", 0, 0, 0)]


def test_from_nothing_a_held_day_has_no_rows_of_before_as_their_file_is_gone(place, broken):
    empty_missing_days(place.lake, place.landing(), ENTITIES, place.settings, "all")
    place.process(CUSTOMER_IDENTITY, DAY, LAST_DAY, reprocess=True, from_nothing=True, run_id="run-3")
    assert (held(place), customers(place)) == ([DAY], ["C9"])
    assert lines(place)[-1] == ("run-3", 32, 2, 30)


def test_from_nothing_a_held_delivery_whose_file_was_removed_is_gone(place, broken):
    broken.unlink()
    empty_missing_days(place.lake, place.landing(), ENTITIES, place.settings, "all")
    assert (held(place), customers(place), rejected(place)) == ([], ["C9"], 0)


def test_rows_that_would_be_held_by_todays_limit_are_nothing_to_fall_back_on(place, customer, monkeypatch):
    path = place.drop(CUSTOMER_IDENTITY, DAY, customer(1), *BAD)
    with monkeypatch.context() as patch:
        patch.setattr("cdp_pipeline.deliveries.held.is_broken", lambda *_: False)
        place.process(CUSTOMER_IDENTITY, DAY)
    assert customers(place) == ["C1"]
    path.write_text(path.read_text() + "one more\n")
    place.process(CUSTOMER_IDENTITY, DAY)
    assert (held(place), customers(place)) == ([DAY], [])


def test_a_misplaced_file_is_rejected_and_nothing_is_held(place, customer):
    path = place.drop(CUSTOMER_IDENTITY, DAY, customer(1))
    path.rename(path.parents[1] / "no-date-in-its-name.ndjson")
    assert place.process(CUSTOMER_IDENTITY, DAY).rejected == 1
    assert held(place) == []


def test_published_rejections_follow_a_delivery_that_becomes_held_and_is_released(place, good, customer):
    before = rejected_files(place.lake, ONLY_CUSTOMERS)
    place.drop(CUSTOMER_IDENTITY, NEXT_DAY, *BAD)
    place.process(CUSTOMER_IDENTITY, NEXT_DAY)
    now = rejected_files(place.lake, ONLY_CUSTOMERS, before)
    came = rejected_since(place.lake, ONLY_CUSTOMERS, before, now)
    assert came is not None
    assert came.new.collect().height == came.rows == 30
    place.drop(CUSTOMER_IDENTITY, DAY, *BAD)
    place.process(CUSTOMER_IDENTITY, DAY)
    then, now = now, rejected_files(place.lake, ONLY_CUSTOMERS, now)
    assert rejected_since(place.lake, ONLY_CUSTOMERS, then, now) is None, "a day that was rejected otherwise before"


def test_leads_that_a_held_list_lacks_are_not_gone(place):
    def page(*leads: object) -> str:
        return json.dumps({"leads": leads, "nextPageToken": ""})

    def lead(number: int) -> dict[str, Any]:
        return {"id": f"L{number}", "companyId": "cop1", "phone": f"+8491234560{number}", "firstName": "An"}

    def gone() -> dict[str, date]:
        update_current(place.lake, MOEGO_LEAD)
        current = current_tables(place.lake, (MOEGO_LEAD,))[MOEGO_LEAD.name]
        found = find_gone(current, lead_scans(place.lake), refused_leads(place.lake))
        return dict(found.join(current, on="record_key").sort("id").select("id", "gone_on").collect().iter_rows())

    place.drop(MOEGO_LEAD, DAY, page(lead(1), lead(2)), name="leads.json")
    place.drop(
        MOEGO_LEAD, NEXT_DAY, page(lead(1), *({"id": f"L{n}", "yob": n} for n in range(3, 40))), name="leads.json"
    )
    place.process(MOEGO_LEAD, DAY, NEXT_DAY)
    assert held(place) == [NEXT_DAY]
    assert gone() == {}
    accept_deliveries(place.lake, MOEGO_LEAD, [NEXT_DAY])
    assert gone() == {"L2": date(2026, 11, 17)}


@pytest.mark.parametrize("order", [(DAY, NEXT_DAY, LAST_DAY), (LAST_DAY, NEXT_DAY, DAY), (NEXT_DAY, LAST_DAY, DAY)])
def test_days_read_in_any_order_hold_the_same_deliveries(place, customer, order):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1), customer(2))
    place.drop(CUSTOMER_IDENTITY, NEXT_DAY, customer(2, fullName="Trần Thị Hoa"), customer(3), *BAD)
    place.drop(CUSTOMER_IDENTITY, LAST_DAY, customer(4), customer(1))
    for day in order:
        place.process(CUSTOMER_IDENTITY, day)
        customers(place)
    assert (held(place), customers(place)) == ([NEXT_DAY], ["C1", "C2", "C4"])


def of(lake: Lake) -> tuple[LedgerLine | None, LedgerLine | None, int]:
    """The line in use, the held line, and how many rows are in use."""
    in_use, waits = (read_day_report(each, CUSTOMERS, DAY) for each in (lake, lake.held))
    rows = lake.rows("staging", CUSTOMERS, DAY) if lake.exists("staging", CUSTOMERS, DAY) else 0
    return in_use.line if in_use else None, waits.line if waits else None, rows


@pytest.mark.parametrize("moves", range(12))
@pytest.mark.parametrize("what", ["hold", "repair", "accept"])
def test_a_run_killed_at_any_move_leaves_the_old_or_the_new_state_and_the_next_one_makes_the_new(
    place, good, customer, monkeypatch, what, moves
):
    def act() -> None:
        if what == "accept":
            accept_deliveries(place.lake, CUSTOMER_IDENTITY, [DAY])
        else:
            place.process(CUSTOMER_IDENTITY, DAY, run_id="run-3")

    if what != "hold":
        place.drop(CUSTOMER_IDENTITY, DAY, customer(3), *BAD)
        place.process(CUSTOMER_IDENTITY, DAY, run_id="run-2")
    if what == "hold":
        place.drop(CUSTOMER_IDENTITY, DAY, customer(3), *BAD)
    elif what == "repair":
        place.drop(CUSTOMER_IDENTITY, DAY, customer(3), customer(4), customer(5))
    made: list[Path] = []

    def killed(move: Any) -> Any:
        def call(self: Path, *arguments: Any, **options: Any) -> Any:
            if len(made) == moves:
                raise KeyboardInterrupt
            made.append(self)
            return move(self, *arguments, **options)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed(Path.replace))
        patch.setattr(Path, "unlink", killed(Path.unlink))
        with suppress(KeyboardInterrupt):
            act()
    place.lake.recover()
    act()
    in_use, waits, rows = of(place.lake)
    assert (waits.rejected if waits else None, rows) == {"hold": (30, 2), "repair": (None, 3), "accept": (None, 1)}[
        what
    ]
    assert in_use is not None
    assert in_use.accepted == rows
    assert [p for p in place.lake.root.rglob("*") if "incoming" in p.parts and p.is_file()] == []
