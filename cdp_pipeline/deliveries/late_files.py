"""Landing folders -> the drop dates to run, each once per content, for the sensor; writes nothing.

The key of a date is a digest of all its files, read or not, so it stays the same while a run reads them entity by
entity. The key has a sequence number too, because content may return: a wrong file, and then the old one again.
"""

import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Self

from cdp_pipeline.deliveries.day import DayWork, digest_of
from cdp_pipeline.deliveries.days import finished, work_of
from cdp_pipeline.deliveries.reports import newest_day_report
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest import Landing, RawFile
from cdp_pipeline.settings import Settings
from cdp_pipeline.store import UNDATED, Lake

BYTES_AT_ONCE = 4 * 2**30
"""New content digested per call, and at least one file: a sensor has a minute, a slow disk needs half."""


@dataclass(frozen=True)
class Asked:
    """The last request for a date: its content, its sequence number, and whether it is still open."""

    content: str
    number: int
    is_open: bool


@dataclass
class Memory:
    """State between calls: digests of files that are not in the report of a finished day, and the last requests."""

    digests: dict[str, tuple[int, int, str]] = field(default_factory=dict)
    asked: dict[str, Asked] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str | None) -> Self:
        """Parse the stored state; an empty state for None."""
        kept = json.loads(text) if text else {"digests": {}, "asked": {}}
        return cls(
            {file: (size, modified_ns, digest) for file, (size, modified_ns, digest) in kept["digests"].items()},
            {day: Asked(*asked) for day, asked in kept["asked"].items()},
        )

    def written(self) -> str:
        """Serialise the state."""
        asked = {day: [a.content, a.number, a.is_open] for day, a in self.asked.items()}
        return json.dumps({"digests": self.digests, "asked": asked})


class _LaterError(Exception):
    """The limit of digested content per call is reached."""


class _Digests:
    """Digests of files; cached in the state for files with unchanged size and modification time."""

    def __init__(self, known: dict[str, tuple[int, int, str]], most_bytes: int) -> None:
        self._known = known
        self._left = most_bytes
        self.used: dict[str, tuple[int, int, str]] = {}

    def __call__(self, file: RawFile) -> str:
        size, modified_ns, digest = self._known.get(file.source_file, (-1, -1, ""))
        if (size, modified_ns) != (file.size, file.modified_ns):
            if self._left <= 0:
                raise _LaterError
            digest = digest_of(file)
            self._left -= file.size
        self.used[file.source_file] = (file.size, file.modified_ns, digest)
        return digest


def dates_to_run(
    lake: Lake,
    landing: Landing,
    entities: Collection[Entity],
    settings: Settings,
    partitions: Collection[str],
    memory: Memory,
    *,
    gave_up: Callable[[str], bool] = lambda _: False,
    most_bytes: int = BYTES_AT_ONCE,
) -> tuple[dict[str, str], Memory]:
    """The run key of each drop date with files that no finished run has read as they are, and the new state.

    Until a run has read it, the same content of a date has the same key. Misplaced files are run with the newest
    partition.

    Args:
        lake: The lake with the reports.
        landing: The content of the landing folders.
        entities: The entities.
        settings: The settings for reading.
        partitions: The dates that can be run.
        memory: The state that the previous call returned.
        gave_up: Whether the run of a key failed and is to be repeated under a new key.
        most_bytes: How much content may be digested; dates that need more are left for the next call.
    """
    digests = _Digests(memory.digests, most_bytes)
    works: dict[str, list[DayWork]] = {}
    for entity in entities:
        for work in work_of(lake, landing, entity):
            works.setdefault(work.day, []).append(work)
    asked = dict(memory.asked)
    keys: dict[str, str] = {}
    for day in sorted(works):
        if day != UNDATED and day not in partitions:
            continue
        try:
            is_open = any(finished(lake, work, settings, digests) is None for work in works[day])
            content = _content(lake, works[day], digests) if is_open else ""
        except _LaterError:
            digests.used |= {f: memory.digests[f] for w in works[day] for f in _files(w) if f in memory.digests}
            continue
        before = asked.get(day)
        if is_open:
            if before is None:
                now = Asked(content, 1, is_open=True)
            elif before.is_open and before.content == content and not gave_up(_key(day, before)):
                now = before
            else:
                now = Asked(content, before.number + 1, is_open=True)
            asked[day], keys[day] = now, _key(day, now)
        elif before:
            asked[day] = Asked(before.content, before.number, is_open=False)
    misplaced = keys.pop(UNDATED, None)
    if misplaced and partitions and not keys:
        keys[max(partitions)] = misplaced
    return keys, Memory(digests.used, asked)


def _key(day: str, asked: Asked) -> str:
    return f"{day}:{asked.content}:{asked.number}"


def _content(lake: Lake, works: list[DayWork], digests: _Digests) -> str:
    lines = []
    for work in works:
        report = newest_day_report(lake, work.entity.name, work.day)
        then = {(f.source_file, f.size, f.modified_ns): f.digest for f in report.files} if report else {}
        for file in work.files:
            known = then.get((file.source_file, file.size, file.modified_ns))
            lines.append(f"{file.source_file}|{digests(file) if known is None else known}")
    return hashlib.blake2b("\n".join(sorted(lines)).encode(), digest_size=12).hexdigest()


def _files(work: DayWork) -> list[str]:
    return [file.source_file for file in work.files]
