"""Proofs: signed, verifiable, and without a personal value."""

import json
import stat
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from cdp_pipeline.privacy import PrivacyError, Request, digest_settings, verify_proof
from cdp_pipeline.privacy.proof import Proof, proof_of, write_proof

KEY = b"k" * 32
NOW = datetime(2026, 11, 3, 4, 5, tzinfo=UTC)
REQUEST = Request("r-1", "erase", "p-an", date(2026, 11, 2), (), None, None, "lan", "done", NOW)


@pytest.fixture
def proof() -> Proof:
    return proof_of(REQUEST, NOW, NOW, "digest", {"profiles": (1, 0)}, {"staging/customer_identity/2026-11-16": (3, 0)})


def test_a_proof_is_read_back_as_it_was_signed(tmp_path: Path, proof: Proof) -> None:
    file = write_proof(tmp_path, KEY, proof)
    assert verify_proof(tmp_path, KEY, REQUEST) == proof
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_order_and_the_blanks_of_a_proof_mean_nothing(tmp_path: Path, proof: Proof) -> None:
    file = write_proof(tmp_path, KEY, proof)
    file.write_text(json.dumps(dict(reversed(json.loads(file.read_text()).items())), indent=8))
    assert verify_proof(tmp_path, KEY, REQUEST) == proof


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("finished_at", "2026-11-02T04:05:00+00:00"),
        ("received_on", "2026-11-01"),
        ("code_version", "9"),
        ("settings_digest", "other"),
        ("request_id", "r-2"),
    ],
)
def test_a_changed_field_is_found(tmp_path: Path, proof: Proof, field: str, value: str) -> None:
    file = write_proof(tmp_path, KEY, proof)
    file.write_text(json.dumps(json.loads(file.read_text()) | {field: value}))
    with pytest.raises(PrivacyError, match="is not what was signed"):
        verify_proof(tmp_path, KEY, REQUEST)


def test_a_changed_count_is_found(tmp_path: Path, proof: Proof) -> None:
    file = write_proof(tmp_path, KEY, proof)
    file.write_text(file.read_text().replace('"profiles": [\n   1', '"profiles": [\n   2'))
    with pytest.raises(PrivacyError, match="is not what was signed"):
        verify_proof(tmp_path, KEY, REQUEST)


def test_another_key_is_found(tmp_path: Path, proof: Proof) -> None:
    write_proof(tmp_path, KEY, proof)
    with pytest.raises(PrivacyError, match="CDP_PRIVACY_KEY_FILE names another key"):
        verify_proof(tmp_path, b"o" * 32, REQUEST)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"signature": 1, "tables": 3}'])
def test_a_damaged_file_is_no_proof(tmp_path: Path, proof: Proof, text: str) -> None:
    write_proof(tmp_path, KEY, proof).write_text(text)
    with pytest.raises(PrivacyError, match="is not a proof"):
        verify_proof(tmp_path, KEY, REQUEST)


def test_the_proof_of_another_request_under_this_name_is_found(tmp_path: Path, proof: Proof) -> None:
    file = write_proof(tmp_path, KEY, proof)
    other = Request("r-2", "erase", "p-binh", date(2026, 11, 2), (), None, None, "lan", "done", NOW)
    file.rename(file.with_name("r-2.json"))
    with pytest.raises(PrivacyError, match="is the proof of another request, r-1"):
        verify_proof(tmp_path, KEY, other)


def test_a_missing_proof_is_named_with_the_state(tmp_path: Path) -> None:
    with pytest.raises(PrivacyError, match="no proof of r-1, which is done"):
        verify_proof(tmp_path, KEY, REQUEST)


@pytest.mark.parametrize("name", ["zalo_0912345678.csv", "an@example.com.json"])
def test_a_name_that_holds_a_contact_never_stands_in_a_proof(tmp_path: Path, name: str) -> None:
    wrong = proof_of(REQUEST, NOW, NOW, "digest", {}, {name: (1, 0)})
    with pytest.raises(PrivacyError, match="phone or e-mail address"):
        write_proof(tmp_path, KEY, wrong)
    assert list(tmp_path.iterdir()) == []


def test_settings_have_one_digest_in_any_order() -> None:
    settings = {"raw_dir": Path("data/raw"), "default_region": "VN"}
    assert digest_settings(settings) == digest_settings(dict(reversed(settings.items())))
    assert digest_settings(settings) != digest_settings(settings | {"default_region": "SG"})
