"""Days that are not as they should be: each leaves the old state or the new one, and the next run needs no help."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

import polars as pl
import pytest

from cdp_pipeline.deliveries.day import FileChangedError
from cdp_pipeline.deliveries.days import pending
from cdp_pipeline.deliveries.reports import read_day_report
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.ingest.apart import ReaderCrashedError, read_files_apart
from cdp_pipeline.ingest.batch import EMPTY_FILE
from cdp_pipeline.pipeline.current import update_current
from cdp_pipeline.store.lake import Lake, LakeError
from cdp_pipeline.store.lock import held
from cdp_pipeline_tests.crashing_mapping import CrashingMapping

DAY, NEXT_DAY, LAST_DAY = "2026-11-16", "2026-11-17", "2026-11-18"


def counts(done) -> tuple[int, int, int, int]:
    return done.read, done.accepted, done.rejected, done.duplicates


def customers(place) -> list[str]:
    """Who is there, from all days."""
    update_current(place.lake, CUSTOMER_IDENTITY)
    return place.lake.scan("current", CUSTOMER_IDENTITY.name).collect()["customer_id"].sort().to_list()


def staged(place, day: str) -> list[str]:
    return pl.read_parquet(place.lake.path("staging", CUSTOMER_IDENTITY.name, day))["customer_id"].sort().to_list()


def halves(folder: Path) -> list[str]:
    """Files that are written halfway, and what lies ready but is not in place."""
    found = [p for p in folder.rglob("*") if p.name.endswith(".part") or "incoming" in p.parts]
    return [str(p.relative_to(folder)) for p in found if p.is_file()]


def meddling(monkeypatch: pytest.MonkeyPatch, *what) -> None:
    """Do something to a file while it is read, each time another thing and in the end nothing."""
    left = list(what)

    def read(files, entity, **options):
        for number, batch in enumerate(read_files_apart(files, entity, **options)):
            if left and number == 0:
                left.pop(0)(files[0].path)
            yield batch

    monkeypatch.setattr("cdp_pipeline.deliveries.day.read_files_apart", read)


def test_a_day_of_only_bad_rows_changes_nobody_and_its_repair_is_one_more_file(place, customer):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1))
    place.process(CUSTOMER_IDENTITY, DAY)
    place.drop(CUSTOMER_IDENTITY, NEXT_DAY, customer(1, yob="abc"), customer(2, yob="abc"), "no JSON")
    done = place.process(CUSTOMER_IDENTITY, NEXT_DAY)
    assert (counts(done), done.rules) == ((3, 0, 3, 0), {"type:yob": 2, "unreadable": 1})
    assert customers(place) == ["C1"]
    place.drop(CUSTOMER_IDENTITY, NEXT_DAY, customer(2), name="repaired.ndjson")
    assert counts(place.process(CUSTOMER_IDENTITY, NEXT_DAY)) == (4, 1, 3, 0)
    assert customers(place) == ["C1", "C2"]


@pytest.fixture
def crashing_parsers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the name of a file say how its parser crashes."""
    monkeypatch.setattr("cdp_pipeline.deliveries.day.read_mappings", lambda _: CrashingMapping())


@pytest.mark.usefixtures("crashing_parsers")
def test_a_file_that_crashes_its_parser_is_one_rejected_row_and_the_other_files_of_its_day_are_used(place, customer):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1), name="a.ndjson")
    place.drop(CUSTOMER_IDENTITY, DAY, customer(2), customer(3), name="SIGSEGV.ndjson")
    place.drop(CUSTOMER_IDENTITY, DAY, customer(4), name="z.ndjson")
    done = place.process(CUSTOMER_IDENTITY, DAY)
    assert (counts(done), done.rules) == ((3, 2, 1, 0), {"unreadable": 1})
    assert customers(place) == ["C1", "C4"]
    assert halves(place.settings.lake_dir) == []
    [message] = pl.read_parquet(place.lake.path("rejected", CUSTOMER_IDENTITY.name, DAY))["message"]
    assert "crashed at the file (signal SIGSEGV); nothing of it was read" in message
    assert place.process(CUSTOMER_IDENTITY, DAY).days_read == 0


@pytest.mark.usefixtures("crashing_parsers")
def test_a_reader_that_crashes_at_no_file_alone_leaves_the_day_as_it_was(place, customer):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1), name="a.ndjson")
    place.process(CUSTOMER_IDENTITY, DAY)
    place.drop(CUSTOMER_IDENTITY, DAY, customer(2), name="not-alone.ndjson")
    with pytest.raises(ReaderCrashedError, match="each file can be read alone"):
        place.process(CUSTOMER_IDENTITY, DAY)
    assert (customers(place), halves(place.settings.lake_dir)) == (["C1"], [])


def test_a_day_with_an_empty_file_is_finished_with_nothing_until_the_file_is_filled(place, customer):
    place.drop(CUSTOMER_IDENTITY, DAY)
    done = place.process(CUSTOMER_IDENTITY, DAY)
    assert (counts(done), done.files, done.findings) == ((0, 0, 0, 0), 1, {EMPTY_FILE: 1})
    assert (customers(place), place.process(CUSTOMER_IDENTITY, DAY).days_read) == ([], 0)
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1))
    assert counts(place.process(CUSTOMER_IDENTITY, DAY)) == (1, 1, 0, 0)


def test_a_file_that_shrank_to_a_tenth_is_read_and_nobody_is_gone_by_it(place, customer):
    place.drop(CUSTOMER_IDENTITY, DAY, *(customer(n) for n in range(20)))
    place.process(CUSTOMER_IDENTITY, DAY)
    place.drop(CUSTOMER_IDENTITY, NEXT_DAY, customer(1), customer(2))
    assert counts(place.process(CUSTOMER_IDENTITY, NEXT_DAY)) == (2, 2, 0, 0)
    assert len(customers(place)) == 20


def test_a_file_replaced_while_it_is_read_is_read_once_more_as_a_whole(place, customer, monkeypatch):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1), customer(2))
    meddling(monkeypatch, lambda _: place.drop(CUSTOMER_IDENTITY, DAY, customer(3)))
    assert counts(place.process(CUSTOMER_IDENTITY, DAY)) == (1, 1, 0, 0)
    assert staged(place, DAY) == ["C3"]
    assert place.process(CUSTOMER_IDENTITY, DAY).days_read == 0


def test_a_file_that_keeps_changing_leaves_the_old_day_and_the_next_run_reads_it(place, customer, monkeypatch):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1))
    place.process(CUSTOMER_IDENTITY, DAY)
    place.drop(CUSTOMER_IDENTITY, DAY, customer(2))
    with monkeypatch.context() as patch:
        meddling(patch, *(lambda path, n=n: place.drop(CUSTOMER_IDENTITY, DAY, customer(n)) for n in (3, 4)))
        with pytest.raises(FileChangedError, match="part.ndjson was changed while it was read; its day is as it was"):
            place.process(CUSTOMER_IDENTITY, DAY)
    assert (staged(place, DAY), halves(place.lake.root)) == (["C1"], [])
    assert counts(place.process(CUSTOMER_IDENTITY, DAY)) == (1, 1, 0, 0)
    assert staged(place, DAY) == ["C4"]


def test_a_file_replaced_by_one_of_the_same_size_and_time_is_noticed(place, customer, monkeypatch):
    def replace(path: Path) -> None:
        time = path.stat().st_mtime_ns
        os.utime(place.drop(CUSTOMER_IDENTITY, DAY, customer(2)), ns=(time, time))

    place.drop(CUSTOMER_IDENTITY, DAY, customer(1))
    meddling(monkeypatch, replace)
    place.process(CUSTOMER_IDENTITY, DAY)
    assert staged(place, DAY) == ["C2"]


def test_a_file_removed_while_it_is_read_leaves_the_old_day(place, customer, monkeypatch):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1))
    place.process(CUSTOMER_IDENTITY, DAY)
    place.drop(CUSTOMER_IDENTITY, DAY, customer(2))
    meddling(monkeypatch, Path.unlink)
    with pytest.raises(FileChangedError, match="customer-identity 2026-11-16 were removed while they were read"):
        place.process(CUSTOMER_IDENTITY, DAY)
    assert place.process(CUSTOMER_IDENTITY, DAY).days_read == 0
    assert staged(place, DAY) == ["C1"]


def test_a_full_disk_leaves_the_old_day_whole_and_the_next_run_with_room_completes_it(place, customer, small_disk):
    place.settings = place.settings.model_copy(update={"lake_dir": small_disk / "lake"})
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1))
    place.process(CUSTOMER_IDENTITY, DAY)
    place.drop(CUSTOMER_IDENTITY, DAY, customer(2))
    ballast = small_disk / "ballast"
    fill(ballast)
    with pytest.raises(LakeError, match=r"^The disk of .*/disk/lake/incoming.* is full; .*CDP_LAKE_DIR, and run again"):
        place.process(CUSTOMER_IDENTITY, DAY)
    assert (staged(place, DAY), halves(place.lake.root)) == (["C1"], [])
    ballast.unlink()
    place.process(CUSTOMER_IDENTITY, DAY)
    assert staged(place, DAY) == ["C2"]


def test_a_run_begins_on_a_full_disk_and_frees_what_a_killed_one_left(place, small_disk):
    lake = Lake(small_disk / "lake")
    with held(lake, "run-1"):
        pass
    fill(lake.root / ".2026-11-16.parquet.0a1b.part")
    with held(lake, "run-2"):
        lake.write("current", "leads", pl.DataFrame({"lead_id": ["L1"]}))


def fill(path: Path) -> None:
    """Write until the disk is full."""
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
    assert shutil.disk_usage(path.parent).free == 0


def test_a_range_that_failed_goes_on_where_it_failed(place, customer, monkeypatch):
    for number, day in enumerate((DAY, NEXT_DAY, LAST_DAY), 1):
        place.drop(CUSTOMER_IDENTITY, day, customer(number))

    def broken(files, entity, **options):
        if any(NEXT_DAY in file.source_file for file in files):
            raise RuntimeError("the machine is on fire")
        yield from read_files_apart(files, entity, **options)

    with monkeypatch.context() as patch:
        patch.setattr("cdp_pipeline.deliveries.day.read_files_apart", broken)
        with pytest.raises(RuntimeError):
            place.process(CUSTOMER_IDENTITY, DAY, NEXT_DAY, LAST_DAY)
    assert halves(place.lake.root) == []
    assert [work.day for work in pending(place.lake, place.landing(), ENTITIES, place.settings)] == [NEXT_DAY, LAST_DAY]
    place.process(CUSTOMER_IDENTITY, DAY, NEXT_DAY, LAST_DAY)
    assert [line.split()[1] for line in place.told] == [f"{NEXT_DAY}:", f"{LAST_DAY}:"]
    assert customers(place) == ["C1", "C2", "C3"]


def test_the_files_of_finished_days_are_not_opened_when_a_new_day_is_read(place, customer):
    path = place.drop(CUSTOMER_IDENTITY, DAY, customer(1))
    place.process(CUSTOMER_IDENTITY, DAY)
    before, report = path.stat(), read_day_report(place.lake, CUSTOMER_IDENTITY.name, DAY)
    # Who opened it now would find somebody else.
    place.drop(CUSTOMER_IDENTITY, DAY, customer(9))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    place.drop(CUSTOMER_IDENTITY, NEXT_DAY, customer(2))
    assert place.process(CUSTOMER_IDENTITY, DAY, NEXT_DAY).days_read == 1
    assert customers(place) == ["C1", "C2"]
    assert read_day_report(place.lake, CUSTOMER_IDENTITY.name, DAY) == report


def test_days_without_files_are_a_warning(place, customer):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1))
    done = place.process(CUSTOMER_IDENTITY, DAY, NEXT_DAY, LAST_DAY)
    assert done.without_files == (NEXT_DAY, LAST_DAY)
    assert place.warned == ["customer-identity: no file for 2 drop dates, 2026-11-17 to 2026-11-18."]
    assert place.process(CUSTOMER_IDENTITY, DAY).without_files == ()
