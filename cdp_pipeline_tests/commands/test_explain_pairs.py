"""`cdp explain KEY OTHER` read as a newcomer reads it."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cdp_pipeline.commands.explain_pairs import explain_pair

SISTER_COMPANY = """customerId,systemName,internalCompanyId,fullName,phone
C4,CRM,ORG2,Nguyễn Văn Hùng,0912345678
"""
PEOPLE = """customerId,systemName,fullName,phone,email,gender,dob2,address,city
C1,CRM,Nguyễn Văn Hùng,0912345678,hung@example.com,Male,1960-05-01,12 Lê Lợi,Huế
C2,CRM,Nguyễn Văn Nam,0912345678,,Male,1988-06-15,12 Lê Lợi,Huế
P7,POS,Hùng Nguyễn Văn,0912345678,,Male,1960-05-01,,
C3,CRM,Lê Thị Hoa,0903111222,,Female,1975-02-20,,
"""


@pytest.fixture(scope="module")
def family(run_steps: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    raw = tmp_path_factory.mktemp("raw")
    (raw / "customer-identity/2026-11-16").mkdir(parents=True)
    (raw / "customer-identity/2026-11-16/people.csv").write_text(PEOPLE, encoding="utf-8")
    (raw / "customer-identity/2026-11-16/sister.csv").write_text(SISTER_COMPANY, encoding="utf-8")
    return run_steps(raw)


def explain(run: Any, key: str, other: str, **options: bool) -> tuple[int, str]:
    out = Console(record=True, width=300, file=io.StringIO())
    return explain_pair(run.settings, (key, other), options.pop("unmask", True), out, out, **options), out.export_text()


def record_key(run: Any, source_id: str) -> str:
    return str(next(row["record_key"] for row in run.rows("profile_records") if row["source_id"] == source_id))


def test_father_and_son_at_one_phone_are_told_apart_attribute_by_attribute(family: Any) -> None:
    status, text = explain(family, "C1", "C2")
    assert status == 0
    assert "are two people" in text
    assert re.search(r"name +│ names that share a word only", text)
    assert re.search(r"birth +│ births a generation apart +│ +-", text)
    assert re.search(r"contact +│ same phone or e-mail +│ +[+]", text)
    assert "Not known of both, so without weight: identity_no, passport_no." in text
    assert "Not enough to join them, nor to ask a person." in text
    assert "They are kept apart whatever links them: their birth dates are those of two people." in text
    assert "the same phone +84912345678, but their names are those of two people (vetoed)" in text


def test_the_bits_of_the_lines_add_up_to_the_score_beside_the_thresholds(family: Any) -> None:
    _, text = explain(family, "C1", "C2")
    bits = [float(number) for number in re.findall(r"│ +([+-][0-9.]+) │", text)]
    assert round(sum(bits[:-1]), 1) == bits[-1]
    assert "records are joined from 0.9999 on (13.3 bits), as relatives and namesakes have as much in common" in text
    assert "shown to a person from 0.5 on (0.0 bits)" in text


def test_the_most_alike_of_the_records_of_two_people_are_compared_and_a_record_key_means_that_record(
    family: Any,
) -> None:
    _, text = explain(family, "hung@example.com", "C2")
    assert "[1] and [2] are the most alike of 2 pairs of their records." in text
    _, text = explain(family, record_key(family, "P7"), "C2", with_keys=True)
    assert "the most alike" not in text
    assert "P7 of POS (Hùng Nguyễn Văn) [person" in text
    assert f"key {record_key(family, 'P7')}" in text


def test_people_who_have_nothing_in_common_are_compared_too(family: Any) -> None:
    status, text = explain(family, "C1", "C3")
    assert status == 0
    assert re.search(r"name +│ different names", text)
    assert "The last run found no link between their records." in text


def test_two_records_of_one_person_are_told_with_what_joined_them(family: Any) -> None:
    _, text = explain(family, record_key(family, "C1"), record_key(family, "P7"))
    assert "Both are P" in text
    assert re.search(r"\[1\] customer-identity .*\n +\[2\] customer-identity ", text)
    assert "[1] and [2]: the same phone +84912345678" in text
    assert re.search(r"name +│ same name", text)
    assert "the same phone +84912345678" in text


def test_records_of_two_companies_are_not_compared(family: Any) -> None:
    status, text = explain(family, "C1", "C4")
    assert status == 1
    assert "Nothing was compared" in text


def test_a_key_that_is_nobodys_is_told(family: Any) -> None:
    status, text = explain(family, "C1", "P000")
    assert status == 1
    assert "No person has the id P000 now" in text


def test_values_are_masked_unless_asked_otherwise(family: Any) -> None:
    _, text = explain(family, "C1", "C2", unmask=False)
    assert not any(word in text for word in ("912345678", "Nguyễn", "hung@", "Lê Lợi", "1960"))
    assert "+84***678" in text
