"""A stand-in for a parser that crashes: a source's mapping, asked in the reading process of each file by its name."""

import errno
import os
import signal
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from cdp_pipeline.entities.entity import Entity


@dataclass(frozen=True)
class CrashingMapping:
    """It fits no file; at `SIGSEGV.csv` and the like the process ends by that signal, at `exit-3.csv` with status 3.

    At `full-disk.csv` it raises what a full disk raises, and at `not-alone.csv` the process ends when another file was
    asked of it before.
    """

    asked: list[str] = field(default_factory=list)

    def of(self, _entity: Entity) -> "tuple[CrashingMapping, ...]":
        """The mappings of an entity."""
        return (self,)

    def digest(self, _entity: Entity) -> str:
        """The digest of the mappings of an entity."""
        return ""

    def fits_name(self, source_file: str) -> bool:
        """Not true of any file."""
        what = PurePosixPath(source_file).stem
        os.write(2, b"Found 0903118264 where a record was expected.\n")
        if what.startswith("SIG"):
            os.kill(os.getpid(), getattr(signal, what))
        if what == "exit-3":
            os._exit(3)
        if what == "full-disk":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if what == "not-alone" and self.asked:
            os.kill(os.getpid(), signal.SIGKILL)
        self.asked.append(what)
        return False
