"""Proofs: what was done for a request, in counts, signed with the key. No personal value stands in one.

The signature is HMAC-SHA256 over the canonical JSON of everything else in the file, so that whoever has the key finds
out whether a count, a time or a name was changed.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from cdp_pipeline.privacy.private_files import PrivacyError, refuse_others, write_private
from cdp_pipeline.privacy.requests import Kind, Request
from cdp_pipeline.values.mask import holds_contact

FOLDER: Final = "proofs"
_SIGNATURE = "signature"

Counts = Mapping[str, tuple[int, int]]
"""By table or file, the rows that are a person's before and after."""


@dataclass(frozen=True)
class Proof:
    """What was done for a request.

    Attributes:
        request_id: The request.
        kind: What was asked for.
        received_on: When.
        started_at: When it was begun.
        finished_at: When it was done.
        code_version: The version of the package that did it.
        settings_digest: A hash of the settings in force, see `digest_settings`.
        tables: Counts by table.
        files: Counts by file of the pipeline's own; never the name of a delivered file, which may name a person.
    """

    request_id: str
    kind: Kind
    received_on: date
    started_at: datetime
    finished_at: datetime
    code_version: str
    settings_digest: str
    tables: Counts
    files: Counts


def proof_of(
    request: Request,
    started_at: datetime,
    finished_at: datetime,
    settings_digest: str,
    tables: Counts,
    files: Counts,
) -> Proof:
    """The proof of a request that was done just now by this version."""
    return Proof(
        request.request_id,
        request.kind,
        request.received_on,
        started_at,
        finished_at,
        version("cdp_pipeline"),
        settings_digest,
        tables,
        files,
    )


def digest_settings(settings: Mapping[str, object]) -> str:
    """A hash of settings by name; those that may hold a password belong not among them."""
    return hashlib.sha256(_canonical({name: str(value) for name, value in settings.items()})).hexdigest()


def write_proof(folder: Path, key: bytes, proof: Proof) -> Path:
    """Sign a proof and write it; returns the file.

    Args:
        folder: The folder of requests.
        key: What it is signed with.
        proof: The proof.

    Raises:
        PrivacyError: The name of a table or file holds a phone or e-mail address.
    """
    for name in (*proof.tables, *proof.files):
        if holds_contact(name):
            raise PrivacyError(
                f"A proof of {proof.request_id} would name a file with a phone or e-mail address in it; expected names "
                "of the pipeline's own tables and files. This is a fault of the pipeline: report it."
            )
    content = {name: _plain(value) for name, value in asdict(proof).items()}
    signed = content | {_SIGNATURE: _sign(content, key)}
    file = _file(folder, proof.request_id)
    write_private(file, json.dumps(signed, sort_keys=True, indent=1).encode() + b"\n")
    return file


def add_to_proof(
    folder: Path, key: bytes, request: Request, removed: Mapping[str, int], left: Mapping[str, int] | None = None
) -> Path:
    """Sign the proof of a request again with what was removed since.

    Args:
        folder: The folder of requests.
        key: What it is signed with.
        request: The request, which has a proof.
        removed: By file, how many rows were removed since the proof was signed.
        left: By file, how many are left; None for those that the proof has, without the removed ones.

    Raises:
        PrivacyError: There is no proof, or it is not what was signed.
    """
    proof = verify_proof(folder, key, request)
    counts = {}
    for name in removed.keys() | (left or {}).keys():
        before, after = proof.files.get(name, (0, 0))
        gone = removed.get(name, 0)
        now = max(after - gone, 0) if left is None else left.get(name, 0)
        # Rows that were left are counted once, also where someone else has removed them since.
        counts[name] = (max(before, before - after + gone + now), now)
    return write_proof(folder, key, replace(proof, finished_at=datetime.now(UTC), files={**proof.files, **counts}))


def verify_proof(folder: Path, key: bytes, request: Request) -> Proof:
    """The proof of a request, as it was signed.

    Raises:
        PrivacyError: There is none, or it is not what was signed with this key, or it is of another request.
    """
    file = _file(folder, request.request_id)
    if not file.exists():
        raise PrivacyError(
            f"There is no proof of {request.request_id}, which is {request.state}; one is written when it is done."
        )
    refuse_others(file)
    try:
        content = json.loads(file.read_bytes())
        signature = content.pop(_SIGNATURE)
        is_signed = hmac.compare_digest(str(signature), _sign(content, key))
        proof = _proof(content)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise PrivacyError(f"{file} is not a proof; expected the file as it was written. {_RESTORE}") from None
    if not is_signed:
        raise PrivacyError(
            f"{file} is not what was signed: it was changed, or CDP_PRIVACY_KEY_FILE names another key. {_RESTORE}"
        )
    if (proof.request_id, proof.kind, proof.received_on) != (request.request_id, request.kind, request.received_on):
        raise PrivacyError(f"{file} is the proof of another request, {proof.request_id}. {_RESTORE}")
    return proof


_RESTORE = "Restore it from a backup."


def _proof(content: dict[str, Any]) -> Proof:
    dates = {"started_at": datetime, "finished_at": datetime, "received_on": date}
    read = {name: kind.fromisoformat(content[name]) for name, kind in dates.items()}
    counts = {name: {of: tuple(pair) for of, pair in content[name].items()} for name in ("tables", "files")}
    return Proof(**{field.name: content[field.name] for field in fields(Proof)} | read | counts)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _sign(content: Mapping[str, Any], key: bytes) -> str:
    return hmac.new(key, _canonical(content), hashlib.sha256).hexdigest()


def _canonical(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def _file(folder: Path, request_id: str) -> Path:
    return folder / FOLDER / f"{request_id}.json"
