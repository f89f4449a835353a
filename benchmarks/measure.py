"""CPU seconds, wall seconds and peak memory of a piece of work."""

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
    """One line of a benchmark: what, how many rows, what it cost; `peak` is the process's highest so far, in MiB.

    A block that has other processes work for it sets `cpu` and `peak` to theirs.
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


def peak_memory() -> float:
    """The highest memory of this process so far, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():
        # Linux hands `ru_maxrss` on to a process that is started, as if it had been its own.
        return (
            next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM:")) / 1024
        )
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _TO_MIB


@dataclass
class Report:
    """The lines of one benchmark run."""

    lines: list[Measured] = field(default_factory=list)

    @contextmanager
    def measuring(self, what: str) -> Iterator[Measured]:
        """Measure a block; the block sets `rows`."""
        line = Measured(what)
        cpu, wall = time.process_time(), time.perf_counter()
        yield line
        line.cpu, line.wall = line.cpu + time.process_time() - cpu, time.perf_counter() - wall
        line.peak += peak_memory()
        self.lines.append(line)

    def print(self) -> None:
        """Print the lines as a table."""
        write = sys.stdout.write
        write(f"{'':52}{'rows':>12}{'CPU s':>9}{'wall s':>9}{'krows/CPU s':>13}{'peak MiB':>10}\n")
        for line in self.lines:
            speed = line.rows / line.cpu / 1000 if line.cpu else 0.0
            write(
                f"{line.what:52}{line.rows:>12,}{line.cpu:>9.2f}{line.wall:>9.2f}{speed:>13,.0f}{line.peak:>10,.0f}\n"
            )
