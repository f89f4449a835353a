"""The file of suppressed hashes, outside the lake: who is erased stays so when the lake is rebuilt or restored.

A line is a hash of one request, ends the hashes of a request with their number under the key, or revokes a request.
The hashes of a request are written at once: a kill leaves all of them or none. A list that was cut, is gone although
the log names erased persons, or was made with another key is refused: it would bring these persons back.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal

import polars as pl

from cdp_pipeline.privacy.keys import read_key
from cdp_pipeline.privacy.private_files import PrivacyError, damaged_line, read_lines, write_private
from cdp_pipeline.privacy.requests import ERASE, EXECUTED, RequestLog
from cdp_pipeline.privacy.suppression import HASHES, Suppressions, hash_texts

SUPPRESSIONS_FILE: Final = "suppressions.ndjson"


@dataclass(frozen=True)
class SuppressedHash:
    """A value of a person as a keyed hash, and whether another person holds it as well."""

    hash: str
    kind: str
    is_shared: bool


@dataclass(frozen=True)
class _Content:
    """The hashes in force; and by request the number of hashes that are there, and the number and check at its end."""

    hashes: pl.DataFrame
    counts: Mapping[str, int]
    ends: Mapping[str, tuple[int, str]]


class SuppressionList:
    """The suppressed hashes of all requests, in a folder that only its owner may read."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / SUPPRESSIONS_FILE

    def add(self, request_id: str, person_id: str, hashes: Iterable[SuppressedHash], on: date, key: bytes) -> None:
        """Suppress the hashes of a request from now on; they are on disk when this returns."""
        of_request = {"request_id": request_id, "person_id": person_id, "purpose": ERASE}
        lines = [of_request | asdict(one) | {"suppressed_on": on.isoformat()} for one in hashes]
        self._append([*lines, of_request | {"count": len(lines), "check": _check(key, request_id, len(lines))}])

    def revoke(self, request_id: str, person_id: str, on: date) -> None:
        """Lift the suppression of a request."""
        revoked = {"request_id": request_id, "person_id": person_id, "purpose": ERASE, "revoked": True}
        self._append([revoked | {"revoked_on": on.isoformat()}])

    def hashes(self) -> pl.DataFrame:
        """The hashes in force, as rows of `HASHES`.

        Raises:
            PrivacyError: The file cannot be read.
        """
        return self._content().hashes

    def check(self, key: bytes, erased: Iterable[str]) -> None:
        """Whether the list is whole and of this key.

        Args:
            key: The key in use.
            erased: The requests for erasure that were applied.

        Raises:
            PrivacyError: The list lacks a request or some of its hashes, or was made with another key.
        """
        content = self._content()
        if lacking := sorted({*erased, *content.counts} - content.ends.keys()):
            raise PrivacyError(
                f"{self._file} lacks hashes of {', '.join(lacking)}, whose persons are erased. Nothing was done, as "
                "they would come back: put the file back from a backup."
            )
        for request_id, (count, check) in content.ends.items():
            if check != _check(key, request_id, count) or count != content.counts[request_id]:
                raise PrivacyError(
                    f"{self._file} is not whole or was made with another key than the one in CDP_PRIVACY_KEY_FILE "
                    f"({request_id}). Nothing was done, as erased persons would come back: put file and key back "
                    "from a backup."
                )

    def _content(self) -> _Content:
        if not self._file.exists():
            return _Content(pl.DataFrame(schema=HASHES), {}, {})
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
    listed = SuppressionList(folder)
    hashes = listed.hashes()
    erased = [r.request_id for r in RequestLog(folder).requests() if r.kind == ERASE and r.state in EXECUTED]
    if hashes.is_empty() and not erased:
        return Suppressions()
    key = read_key(key_file, folder)
    listed.check(key, erased)
    return Suppressions(key, scope, hashes)


# A day of an entity is read after the other, each by this list; the size and time tell one file from the next.
@lru_cache(maxsize=4)
def _read(file: Path, _size: int, _modified_ns: int) -> _Content:
    lines = []
    for number, line in read_lines(file):
        if line.get("purpose") == ERASE:
            if not _is_whole(line):
                raise damaged_line(file, number, "is no hash, end or revocation of a request")
            lines.append(line)
    revoked = {line["request_id"] for line in lines if line.get("revoked")}
    listed = [line for line in lines if "hash" in line]
    in_force = [line for line in listed if line["request_id"] not in revoked]
    return _Content(
        pl.DataFrame(in_force, schema=HASHES).unique(maintain_order=True),
        Counter(line["request_id"] for line in listed),
        {line["request_id"]: (line["count"], line["check"]) for line in lines if "check" in line},
    )


def _is_whole(line: Mapping[str, Any]) -> bool:
    """Whether a line has the fields of one of its three kinds."""
    fields: dict[str, type] = {"request_id": str, "person_id": str}
    if "hash" in line:
        fields |= {"hash": str, "kind": str, "is_shared": bool}
    elif "check" in line:
        fields |= {"check": str, "count": int}
    else:
        fields |= {"revoked": bool}
    return all(isinstance(line.get(name), kind) for name, kind in fields.items())


def _check(key: bytes, request_id: str, count: int) -> str:
    return hash_texts(key, "list", request_id, str(count))
