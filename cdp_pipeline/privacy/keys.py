"""The key file: what suppressed values are hashed and proofs are signed with.

The key lies outside the lake and the folder of requests. Whoever has it can test whether a value is suppressed, and
sign proofs; without it a suppression no longer finds its person. A file in the folder of requests recognises the key,
so that another one is refused before anything is hashed or signed with it.
"""

import hmac
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from cdp_pipeline.privacy.private_files import PrivacyError, refuse_others, write_private

KEY_BYTES: Final = 32
"""As long as the hash of HMAC-SHA256."""

CHECK_FILE: Final = "key.check"
"""In the folder of requests: a hash of a fixed text under the key. It does not lead to the key."""


def read_key(path: Path, needed_by: Path | None = None) -> bytes:
    """The key; it is made where it is missing and nothing was hashed or signed yet.

    Args:
        path: The key file.
        needed_by: The folder of requests: if it holds any file, a missing key is an error, as a new one would find
            none of the suppressed people; so is another key than the folder was begun with.

    Raises:
        PrivacyError: The key is missing but needed, is another one, has another length, or others may read it.
    """
    is_begun = needed_by is not None and needed_by.is_dir() and any(needed_by.iterdir())
    if not path.exists():
        if is_begun:
            raise PrivacyError(
                f"The key file {path} is missing, but {needed_by} holds requests that need it; expected the key that "
                "they were made with. Restore it from your backup, or name its place in CDP_PRIVACY_KEY_FILE."
            )
        with suppress(FileExistsError):
            write_private(path, secrets.token_bytes(KEY_BYTES), is_own_folder=False, is_new=True)
    refuse_others(path)
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise PrivacyError(
            f"The key file {path} has {len(key)} bytes; expected {KEY_BYTES}. Restore it from your backup."
        )
    if needed_by is not None:
        _recognise(key, path, needed_by, is_begun=is_begun)
    return key


def _recognise(key: bytes, path: Path, folder: Path, *, is_begun: bool) -> None:
    check = folder / CHECK_FILE
    expected = hmac.digest(key, b"key of requests", "sha256").hex().encode() + b"\n"
    if check.exists():
        refuse_others(check)
        if not hmac.compare_digest(check.read_bytes(), expected):
            raise PrivacyError(
                f"The key file {path} holds another key than the one that {folder} was begun with. Nothing was done, "
                "as no erased person would be recognised. Put the right key back from your backup, or name its place "
                "in CDP_PRIVACY_KEY_FILE; the same call then goes on."
            )
    elif not is_begun:
        write_private(check, expected)
