"""The key file: what suppressed values are hashed and proofs are signed with.

The key lies outside the lake and the folder of requests. Whoever has it can test whether a value is suppressed, and
sign proofs; without it a suppression no longer finds its person.
"""

import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from cdp_pipeline.privacy.private_files import PrivacyError, refuse_others, write_private

KEY_BYTES: Final = 32
"""As long as the hash of HMAC-SHA256."""


def read_key(path: Path, needed_by: Path | None = None) -> bytes:
    """The key; it is made where it is missing and nothing was hashed or signed yet.

    Args:
        path: The key file.
        needed_by: The folder of requests: if it holds any file, a missing key is an error, as a new one would find
            none of the suppressed people.

    Raises:
        PrivacyError: The key is missing but needed, has another length, or others may read it.
    """
    if not path.exists():
        if needed_by and needed_by.is_dir() and any(needed_by.iterdir()):
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
    return key
