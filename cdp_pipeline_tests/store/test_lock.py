import threading
from collections.abc import Iterator
from contextlib import ExitStack
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from cdp_pipeline.store.lake import Lake
from cdp_pipeline.store.lock import LakeBusyError, at_rest, held, scratch_folder

HOLDING = """
import time
from pathlib import Path
from cdp_pipeline.store.lake import Lake
from cdp_pipeline.store.lock import held
with held(Lake(Path(root)), run, wait_seconds=0):
    pipe.send(run)
    time.sleep(60)
"""


class Elsewhere:
    """Processes of their own that hold a lake until they are killed."""

    def __init__(self, root: Path, context: BaseContext) -> None:
        self.root = root
        self.context = context
        self.processes: list[BaseProcess] = []

    def hold(self, run: str) -> BaseProcess:
        here, there = self.context.Pipe()
        process = self.context.Process(target=exec, args=(HOLDING, {"root": str(self.root), "run": run, "pipe": there}))
        process.start()
        self.processes.append(process)
        assert here.poll(20)
        assert here.recv() == run
        return process

    def kill(self, process: BaseProcess) -> None:
        process.kill()
        process.join()


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


@pytest.fixture
def elsewhere(lake: Lake, processes: BaseContext) -> Iterator[Elsewhere]:
    found = Elsewhere(lake.root, processes)
    yield found
    for process in found.processes:
        found.kill(process)


def test_a_second_run_is_refused_with_who_holds_the_lake_and_what_to_do(lake: Lake, elsewhere: Elsewhere) -> None:
    holder = elsewhere.hold("run-a")
    told: list[str] = []
    with pytest.raises(LakeBusyError) as refused, held(lake, "run-b", wait_seconds=0.3, log=told.append):
        pass
    assert f"Run run-a (process {holder.pid} on " in str(refused.value)
    assert "nothing was done. Run again when it has ended" in str(refused.value)
    assert len(told) == 1
    assert told[0].endswith("writes the lake; waiting until it has ended.")


def test_a_killed_run_holds_the_lake_no_longer(lake: Lake, elsewhere: Elsewhere) -> None:
    elsewhere.kill(elsewhere.hold("run-a"))
    with held(lake, "run-b", wait_seconds=0):
        pass


def test_a_run_that_waits_begins_when_the_other_has_ended(lake: Lake, elsewhere: Elsewhere) -> None:
    holder = elsewhere.hold("run-a")
    with held(lake, "run-b", wait_seconds=20, log=lambda _: elsewhere.kill(holder)):
        pass


def test_steps_in_processes_of_their_own_share_the_lake_with_their_run_only(lake: Lake, elsewhere: Elsewhere) -> None:
    elsewhere.hold("run-a")
    elsewhere.hold("run-a")
    with held(lake, "run-a", wait_seconds=0), pytest.raises(LakeBusyError):
        elsewhere_run(lake, "run-b")


def test_a_step_that_outlives_its_killed_run_is_waited_for(lake: Lake, elsewhere: Elsewhere) -> None:
    run, step = elsewhere.hold("run-a"), elsewhere.hold("run-a")
    elsewhere.kill(run)
    with pytest.raises(LakeBusyError), held(lake, "run-b", wait_seconds=0.3):
        pass
    elsewhere.kill(step)
    with held(lake, "run-b", wait_seconds=0):
        pass


def test_what_a_run_starts_within_itself_needs_no_second_hold(lake: Lake) -> None:
    with held(lake, "cdp run"), held(lake, "run-1", wait_seconds=0):
        pass
    with held(lake, "run-2", wait_seconds=0):
        pass


def test_another_thread_is_another_run(lake: Lake) -> None:
    refused: list[LakeBusyError] = []

    def begin() -> None:
        try:
            elsewhere_run(lake, "run-b")
        except LakeBusyError as error:
            refused.append(error)

    with held(lake, "run-a"):
        thread = threading.Thread(target=begin)
        thread.start()
        thread.join()
    assert len(refused) == 1


def test_what_a_killed_run_left_is_put_right_before_the_next_begins(lake: Lake) -> None:
    (lake.root / "staging" / "leads").mkdir(parents=True)
    left = lake.root / "staging" / "leads" / ".2026-11-16.parquet.0a1b.part"
    left.write_bytes(b"half")
    with held(lake, "run-a"):
        assert not left.exists()


def test_the_lake_is_read_as_a_whole_while_no_run_writes_it(lake: Lake, elsewhere: Elsewhere) -> None:
    with at_rest(lake, wait_seconds=0), at_rest(lake, wait_seconds=0), pytest.raises(LakeBusyError):
        elsewhere_run(lake, "run-a")
    elsewhere.hold("run-b")
    with pytest.raises(LakeBusyError, match="Run run-b"), at_rest(lake, wait_seconds=0):
        pass


def test_the_copy_of_a_killed_preview_is_removed_by_the_next_run_and_that_of_a_living_one_is_not(lake: Lake) -> None:
    (lake.root / ".scratch-dead" / "lake").mkdir(parents=True)
    with ExitStack() as kept:
        with at_rest(lake):
            living = kept.enter_context(scratch_folder(lake))
        (living / ".leads.parquet.0a1b.part").touch()
        with held(lake, "run-a"):
            assert [path.name for path in lake.root.glob(".scratch-*")] == [living.name]
            assert (living / ".leads.parquet.0a1b.part").exists()
    assert not living.exists()


def elsewhere_run(lake: Lake, run: str) -> None:
    """Begin another run as a process of its own would: not within what is held here."""
    with held(lake, run, wait_seconds=0):
        raise AssertionError("two runs at once")
