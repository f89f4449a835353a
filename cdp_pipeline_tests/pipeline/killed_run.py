"""A whole run in a process of its own, killed at a moment: after some seconds, or before an act of publication.

An act is a statement that the publisher sends to the database, or a file that it renames, links or removes.
"""

import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from typing import Any

import sqlalchemy as sa

from cdp_pipeline.pipeline import run
from cdp_pipeline.settings import Settings
from cdp_pipeline_tests.pipeline.whole_run import run_days

RUN_ID = "run"
_FILE_ACTS = {"os.rename", "os.link", "os.symlink", "os.remove", "os.rmdir"}


@dataclass(frozen=True)
class Undisturbed:
    """How long a run takes, and in how many acts it publishes."""

    seconds: float
    acts: int


def run_undisturbed(processes: BaseContext, settings: Settings, days: Sequence[str], now: datetime) -> Undisturbed:
    here, process = _begun(processes, settings, days, now, 0)
    began = time.monotonic()
    acts = here.recv()
    process.join()
    return Undisturbed(time.monotonic() - began, acts)


def is_killed_before_act(
    processes: BaseContext, settings: Settings, days: Sequence[str], now: datetime, act: int
) -> bool:
    """Run and be killed before this act of publication, from 1; false when the run ended before."""
    _, process = _begun(processes, settings, days, now, act)
    process.join()
    return bool(process.exitcode == -signal.SIGKILL)


def is_killed_after(
    processes: BaseContext, settings: Settings, days: Sequence[str], now: datetime, seconds: float
) -> bool:
    """Run and be killed after some seconds; false when the run ended before."""
    _, process = _begun(processes, settings, days, now, 0)
    process.join(seconds)
    process.kill()
    process.join()
    return bool(process.exitcode == -signal.SIGKILL)


def _begun(
    processes: BaseContext, settings: Settings, days: Sequence[str], now: datetime, act: int
) -> tuple[Connection, Any]:
    here, there = processes.Pipe()
    process = processes.Process(target=_run, args=(settings, list(days), now, act, there))
    process.start()
    # The pipe ends where its last holder does.
    there.close()
    here.recv()
    return here, process


def _run(settings: Settings, days: list[str], now: datetime, last_act: int, told: Connection) -> None:
    acts = _Acts(last_act)
    run.publish_database = acts.counting(run.publish_database)
    told.send(None)
    run_days(settings, days, RUN_ID, now)
    told.send(acts.done)


class _Acts:
    """Counts the acts of publishing, and kills its process before one of them."""

    def __init__(self, last: int) -> None:
        self._numbers = count(1)
        self._last = last
        self._is_publishing = False
        self.done = 0

    def counting(self, publish: Any) -> Any:
        def counted(*given: Any, **named: Any) -> Any:
            self._is_publishing = True
            published = publish(*given, **named)
            self._is_publishing = False
            return published

        sa.event.listen(sa.Engine, "before_cursor_execute", lambda *_: self._act())
        sys.addaudithook(lambda event, _: self._act() if event in _FILE_ACTS else None)
        return counted

    def _act(self) -> None:
        if self._is_publishing:
            self.done = next(self._numbers)
            if self.done == self._last:
                os.kill(os.getpid(), signal.SIGKILL)
