"""The file of suppressed hashes, outside the lake: who is erased stays so when the lake is rebuilt or restored.

A line is a hash of one request, or revokes a request. The hashes of a request are written at once: a kill
leaves all of them or none.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal

import polars as pl

from cdp_pipeline.privacy.keys import read_key
from cdp_pipeline.privacy.private_files import read_lines, write_private
from cdp_pipeline.privacy.suppression import HASHES, Suppressions

SUPPRESSIONS_FILE: Final = "suppressions.ndjson"
PURPOSE: Final = "erase"


@dataclass(frozen=True)
class SuppressedHash:
    """A value of a person as a keyed hash, and whether another person holds it as well."""

    hash: str
    kind: str
    is_shared: bool


class SuppressionList:
    """The suppressed hashes of all requests, in a folder that only its owner may read."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / SUPPRESSIONS_FILE

    def add(self, request_id: str, person_id: str, hashes: Iterable[SuppressedHash], on: date) -> None:
        """Suppress the hashes of a request from now on; they are on disk when this returns."""
        of_request = {"request_id": request_id, "person_id": person_id, "purpose": PURPOSE}
        self._append([of_request | asdict(one) | {"suppressed_on": on.isoformat()} for one in hashes])

    def revoke(self, request_id: str, person_id: str, on: date) -> None:
        """Lift the suppression of a request."""
        revoked = {"request_id": request_id, "person_id": person_id, "purpose": PURPOSE, "revoked": True}
        self._append([revoked | {"revoked_on": on.isoformat()}])

    def hashes(self) -> pl.DataFrame:
        """The hashes in force, as rows of `HASHES`.

        Raises:
            PrivacyError: The file cannot be read.
        """
        if not self._file.exists():
            return pl.DataFrame(schema=HASHES)
        found = self._file.stat()
        return _read(self._file, found.st_size, found.st_mtime_ns)

    def _append(self, lines: list[dict[str, Any]]) -> None:
        before = self._file.read_bytes() if self._file.exists() else b""
        added = (json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines)
        write_private(self._file, before + b"".join(added))


def read_suppressions(folder: Path, key_file: Path, scope: Literal["company", "organisation"]) -> Suppressions:
    """The hashes in force with their key, which is neither read nor made as long as the list is empty.

    Args:
        folder: Where the list is kept.
        key_file: The key of its hashes.
        scope: Whether contacts count within an internal company, or in all.

    Raises:
        PrivacyError: The list or its key cannot be read.
    """
    hashes = SuppressionList(folder).hashes()
    return Suppressions() if hashes.is_empty() else Suppressions(read_key(key_file, folder), scope, hashes)


# A day of an entity is read after the other, each by this list; the size and time tell one file from the next.
@lru_cache(maxsize=4)
def _read(file: Path, _size: int, _modified_ns: int) -> pl.DataFrame:
    lines = [line for _, line in read_lines(file) if line["purpose"] == PURPOSE]
    revoked = {line["request_id"] for line in lines if line.get("revoked")}
    rows = [line for line in lines if "hash" in line and line["request_id"] not in revoked]
    return pl.DataFrame(rows, schema=HASHES).unique(maintain_order=True)
