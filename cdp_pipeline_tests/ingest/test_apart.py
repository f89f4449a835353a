"""Files are read in a process of its own: what it gives is the same, and what crashes it is found."""

import errno
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.ingest import apart
from cdp_pipeline.ingest.apart import ReaderCrashedError, read_files_apart
from cdp_pipeline.ingest.files import discover_files
from cdp_pipeline.ingest.mapping_files import read_mappings
from cdp_pipeline.ingest.pipeline import read_files
from cdp_pipeline_tests.crashing_mapping import CrashingMapping

SAMPLE = Path(__file__).parents[2] / "data" / "raw"
CSV = "customerId,systemName\nC1,CRM\nC2,CRM\n"


@pytest.fixture
def crash(raw_file, tmp_path: Path):
    """Reads files of these names, each a row a batch, with parsers that crash at some; gives how that ended."""

    def run(*names: str) -> ReaderCrashedError:
        files = [raw_file(name, CSV) for name in names]
        scratch = tmp_path / "scratch"
        scratch.mkdir(exist_ok=True)
        with pytest.raises(ReaderCrashedError) as caught:
            list(read_files_apart(files, CUSTOMER_IDENTITY, 1, scratch, [CrashingMapping()]))
        assert list(scratch.iterdir()) == []
        return caught.value

    return run


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_batches_are_the_same_as_those_of_the_reader_itself(entity) -> None:
    files = discover_files(SAMPLE, [entity.object_type]).files
    mappings = read_mappings(None).of(entity)
    here = list(read_files(files, entity, 5, mappings=mappings))
    there = list(read_files_apart(files, entity, 5, mappings=mappings))
    assert sum(batch.read for batch in here) > 0
    for one, other in zip(there, here, strict=True):
        assert_frame_equal(one.rows, other.rows)
        assert_frame_equal(one.rejected, other.rejected)
        assert (one.findings, one.pages) == (other.findings, other.pages)


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("SIGSEGV.csv", "signal SIGSEGV"),
        ("SIGABRT.csv", "signal SIGABRT"),
        ("SIGKILL.csv", "signal SIGKILL"),
        ("exit-3.csv", "exit status 3"),
    ],
)
def test_the_file_at_which_a_parser_crashes_is_found_and_refused_with_how(crash, name: str, how: str) -> None:
    crashed = crash("before.csv", name, "behind.csv")
    assert [file.source_file for file in crashed.crashing] == [name]
    other = replace(crashed.crashing[0], source_file="before.csv")
    as_before, rejected = crashed.with_problems([other, crashed.crashing[0]])
    assert as_before == other
    assert f"crashed at the file ({how}); nothing of it was read" in str(rejected.problem)


def test_every_file_at_which_a_parser_crashes_is_found_at_once(crash) -> None:
    crashed = crash("SIGSEGV.csv", "sound.csv", "SIGABRT.csv")
    assert [file.source_file for file in crashed.crashing] == ["SIGSEGV.csv", "SIGABRT.csv"]


def test_a_crash_that_no_file_causes_alone_refuses_none(crash) -> None:
    crashed = crash("before.csv", "not-alone.csv")
    assert crashed.crashing == []
    with pytest.raises(ReaderCrashedError, match="each file can be read alone; most often memory was short"):
        crashed.with_problems([])


def test_what_a_crashing_parser_writes_is_not_passed_on(crash, capfd: pytest.CaptureFixture[str]) -> None:
    crash("SIGSEGV.csv")
    assert capfd.readouterr() == ("", "")


def test_an_error_is_no_crash_and_the_next_files_are_read(raw_file) -> None:
    with pytest.raises(OSError, match="No space left") as caught:
        list(read_files_apart([raw_file("full-disk.csv", CSV)], CUSTOMER_IDENTITY, mappings=[CrashingMapping()]))
    assert caught.value.errno == errno.ENOSPC
    assert [batch.read for batch in read_files_apart([raw_file("sound.csv", CSV)], CUSTOMER_IDENTITY)] == [2]


def test_whoever_stops_halfway_leaves_nothing_to_the_next(raw_file, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    files = [raw_file(f"{n}.csv", CSV) for n in range(9)]
    batches = read_files_apart(files, CUSTOMER_IDENTITY, 1, scratch)
    next(batches)
    batches.close()
    assert list(scratch.iterdir()) == []
    assert sum(batch.read for batch in read_files_apart(files, CUSTOMER_IDENTITY, 1, scratch)) == 18


def test_relative_paths_are_those_of_who_asks_wherever_it_has_gone(
    raw_file, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = replace(raw_file("sound.csv", CSV), path=Path("sound.csv"))
    for folder in ("here", "there"):
        (tmp_path / folder / "scratch").mkdir(parents=True)
        (tmp_path / folder / "sound.csv").write_text(CSV)
        monkeypatch.chdir(tmp_path / folder)
        batches = read_files_apart([file], CUSTOMER_IDENTITY, scratch=Path("scratch"))
        assert [batch.rows.height for batch in batches] == [2]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="no list of processes on this system")
def test_a_reader_that_the_system_ended_between_two_days_is_replaced(raw_file) -> None:
    file = raw_file("sound.csv", CSV)
    list(read_files_apart([file], CUSTOMER_IDENTITY))
    readers = [pid for pid in children() if b"ingest.apart" in Path("/proc", pid, "cmdline").read_bytes()]
    assert readers
    for pid in readers:
        os.kill(int(pid), signal.SIGKILL)
    assert [batch.read for batch in read_files_apart([file], CUSTOMER_IDENTITY)] == [2]


def test_a_process_that_cannot_start_is_no_fault_of_a_file(raw_file, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "_IDLE", [])
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(RuntimeError, match=r"cannot start \(exit status 1\)"):
        list(read_files_apart([raw_file("sound.csv", CSV)], CUSTOMER_IDENTITY))


def children() -> set[str]:
    """The processes that this one started."""
    return {pid for thread in Path("/proc/self/task").glob("*/children") for pid in thread.read_text().split()}
