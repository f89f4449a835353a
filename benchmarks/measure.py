"""CPU seconds, wall seconds and peak memory of a piece of work."""

import os
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cdp_pipeline.settings import Settings

_TO_MIB = 1024 if sys.platform != "darwin" else 1024 * 1024


@dataclass
class Measured:
    """One line of a benchmark: what, how many rows, what it cost; `peak` is the highest so far, in MiB.

    A block that has several processes work for it at once sets `peak` to theirs.
    """

    what: str
    rows: int = 0
    cpu: float = 0.0
    wall: float = 0.0
    peak: float = 0.0


def settings_of(raw: Path, folder: Path, **others: Any) -> Settings:
    """Settings of a benchmark: everything that it makes lies in one folder, whatever the environment says."""
    return Settings(
        _env_file=None,  # type: ignore[call-arg]  # pydantic-settings takes it, its types do not say so.
        raw_dir=raw,
        lake_dir=folder / "lake",
        database_url=f"sqlite:///{folder / 'cdp.db'}",
        **others,
    )


def cpu_seconds() -> float:
    """The CPU seconds so far of this process and those it started; of living ones only on Linux."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    living = sum(
        int(ticks)
        for process in _living_children()
        for ticks in _read(process / "stat").rpartition(")")[2].split()[11:13]
    )
    return time.process_time() + children.ru_utime + children.ru_stime + living / os.sysconf("SC_CLK_TCK")


def peak_memory() -> float:
    """The highest memory so far of this process, in MiB, and of those that it started and that still live."""
    # Linux hands `ru_maxrss` on to a process that is started, as if it had been its own.
    if _SELF.exists():
        return sum(map(_highest, [_SELF, *_living_children()]))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _TO_MIB


_SELF = Path("/proc/self")


def _living_children() -> list[Path]:
    pids = {pid for thread in _SELF.glob("task/*/children") for pid in _read(thread).split()}
    return [Path("/proc", pid) for pid in sorted(pids)]


def _read(file: Path) -> str:
    """The text of a file of /proc; nothing where its thread or process has ended since it was listed."""
    try:
        return file.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _highest(process: Path) -> float:
    lines = _read(process / "status").splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0) / 1024


@dataclass
class Report:
    """The lines of one benchmark run."""

    lines: list[Measured] = field(default_factory=list)

    @contextmanager
    def measuring(self, what: str) -> Iterator[Measured]:
        """Measure a block; the block sets `rows`."""
        line = Measured(what)
        cpu, wall = cpu_seconds(), time.perf_counter()
        yield line
        line.cpu, line.wall = cpu_seconds() - cpu, time.perf_counter() - wall
        line.peak += peak_memory()
        self.lines.append(line)

    def as_text(self) -> str:
        """The lines as a table."""
        lines = [f"{'':52}{'rows':>12}{'CPU s':>9}{'wall s':>9}{'krows/CPU s':>13}{'peak MiB':>10}\n"]
        for line in self.lines:
            speed = line.rows / line.cpu / 1000 if line.cpu else 0.0
            lines.append(
                f"{line.what:52}{line.rows:>12,}{line.cpu:>9.2f}{line.wall:>9.2f}{speed:>13,.0f}{line.peak:>10,.0f}\n"
            )
        return "".join(lines)

    def print(self) -> None:
        """Print the lines as a table."""
        sys.stdout.write(self.as_text())
