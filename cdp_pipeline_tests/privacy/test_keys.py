"""The key file: made once, for its owner alone, and never replaced by another one."""

import stat
from datetime import date
from pathlib import Path

import pytest

from cdp_pipeline.privacy import PrivacyError, RequestLog, read_key
from cdp_pipeline.privacy.requests import Event


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "privacy.key"


def test_a_missing_key_is_made_once_for_its_owner_alone(key_file: Path) -> None:
    key = read_key(key_file)
    assert len(key) == 32
    assert read_key(key_file) == key
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600


def test_a_missing_key_that_requests_need_is_an_error_and_no_other_is_made(key_file: Path, tmp_path: Path) -> None:
    RequestLog(tmp_path / "privacy").append(Event("r-1", "received", "erase", "p-an", date(2026, 11, 2)))
    with pytest.raises(PrivacyError, match=r"privacy\.key is missing, but .* holds requests .*Restore it"):
        read_key(key_file, tmp_path / "privacy")
    assert not key_file.exists()


def test_a_key_that_others_may_read_is_refused_with_the_command_that_corrects_it(key_file: Path) -> None:
    read_key(key_file)
    key_file.chmod(0o640)
    with pytest.raises(PrivacyError, match=f"mode 0640.*chmod 600 {key_file}"):
        read_key(key_file)


def test_a_key_that_was_cut_off_is_refused(key_file: Path) -> None:
    read_key(key_file)
    key_file.write_bytes(b"short")
    with pytest.raises(PrivacyError, match="has 5 bytes; expected 32"):
        read_key(key_file)


def test_another_key_is_refused_before_it_is_used_and_the_right_one_goes_on(key_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "privacy"
    right = read_key(key_file, folder)
    key_file.write_bytes(b"w" * 32)
    with pytest.raises(PrivacyError, match="holds another key than the one that .* the same call then goes on"):
        read_key(key_file, folder)
    key_file.write_bytes(right)
    assert read_key(key_file, folder) == right
    assert right.hex() not in (folder / "key.check").read_text()
    assert stat.S_IMODE((folder / "key.check").stat().st_mode) == 0o600
