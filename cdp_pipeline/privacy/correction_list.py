"""The file of corrections, outside the lake: the right values with the records of their persons.

A line is a correction, or ends the one of a request; the newest line of a request holds. A correction that is revoked,
or whose person is erased, is removed from the file: only the line that ends it is left. Corrections are kept
by the keys of records, which are the same however often the lake is rebuilt, and not by ids of persons, which are not.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import polars as pl
from pandera.typing.polars import DataFrame

from cdp_pipeline.privacy.private_files import PrivacyError, append_line, damaged_line, read_lines, rewrite_lines
from cdp_pipeline.privacy.requests import EXECUTED, Kind, Request
from cdp_pipeline.profiles.golden import CORRECTABLE, CORRECTIONS, Corrections

CORRECTIONS_FILE: Final = "corrections.ndjson"
CORRECT: Final[Kind] = "correct"
_ID, _KEYS, _ENDED = "request_id", "record_keys", "ended"


@dataclass(frozen=True)
class Correction:
    """A right value.

    Attributes:
        request_id: The request that asked for it.
        column_name: The column of profiles.
        value: The value as text; None if all values that are sent are wrong.
        corrected_at: When it was entered.
        record_keys: The records of the person, the one that was named or is oldest first.
    """

    request_id: str
    column_name: str
    value: str | None
    corrected_at: datetime
    record_keys: tuple[str, ...]


class CorrectionList:
    """The corrections of all persons, in a folder that only its owner may read."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / CORRECTIONS_FILE

    def add(self, correction: Correction) -> None:
        """Append a correction, which replaces an earlier one of its request; it is on disk when this returns."""
        line = vars(correction) | {"corrected_at": correction.corrected_at.isoformat()}
        append_line(self._file, line)

    def corrections(self) -> list[Correction]:
        """The corrections in force, by request.

        Raises:
            PrivacyError: The file cannot be read as corrections.
        """
        newest = {line.get(_ID, ""): (number, line) for number, line in read_lines(self._file)}
        return [self._correction(*newest[key]) for key in sorted(newest) if not newest[key][1].get(_ENDED)]

    def values(self) -> dict[str, str | None]:
        """The right values in force by request."""
        return {known.request_id: known.value for known in self.corrections()}

    def frame(self) -> DataFrame[Corrections]:
        """The corrections in force, as rows of `CORRECTIONS`, by request."""
        rows = [vars(known) | {_KEYS: list(known.record_keys)} for known in self.corrections()]
        return CORRECTIONS.named(pl.DataFrame(rows, schema=CORRECTIONS.schema, orient="row"))

    def end(self, request_ids: Iterable[str]) -> None:
        """Remove the corrections of these requests; each leaves a line without a value. Others stay as they are."""
        ended = set(request_ids) & {correction.request_id for correction in self.corrections()}

        def without(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
            kept = [line for line in lines if line[_ID] not in ended]
            return [*kept, *({_ID: one, _ENDED: True} for one in sorted(ended))]

        if ended:
            rewrite_lines(self._file, without)

    def remove_records(self, gone: Collection[str]) -> None:
        """Remove keys of records from all lines; a correction goes with the first of its records."""
        self.end(known.request_id for known in self.corrections() if known.record_keys[0] in gone)

        def without(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
            return [
                line if _KEYS not in line else line | {_KEYS: [key for key in line[_KEYS] if key not in gone]}
                for line in lines
            ]

        if any(key in gone for known in self.corrections() for key in known.record_keys):
            rewrite_lines(self._file, without)

    def check(self, requests: Iterable[Request]) -> None:
        """Whether the file knows all corrections that were carried out.

        Raises:
            PrivacyError: It lacks one.
        """
        known = {line.get(_ID) for _, line in read_lines(self._file)}
        done = (r.request_id for r in requests if r.kind == CORRECT and r.state in EXECUTED)
        if lacking := [request_id for request_id in done if request_id not in known]:
            raise PrivacyError(
                f"{self._file} lacks {', '.join(lacking)}, which corrected values of persons. Nothing was done, as "
                "the wrong values would come back: put the file back from a backup, or revoke these requests."
            )

    def _correction(self, number: int, line: dict[str, Any]) -> Correction:
        try:
            at, keys = datetime.fromisoformat(line["corrected_at"]), tuple(line[_KEYS])
            if not keys or line["column_name"] not in CORRECTABLE:
                raise ValueError(keys)
            return Correction(**line | {"corrected_at": at, _KEYS: keys})
        except (KeyError, TypeError, ValueError):
            raise damaged_line(
                self._file, number, "lacks a field of a correction, or has another one or an unknown column"
            ) from None
