"""`cdp explain` read as a newcomer reads it."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from rich.console import Console

from cdp_pipeline.commands.explain import explain_person
from cdp_pipeline.commands.explain_words import belonging_lines, explained_words

DAY = "customer-identity/2026-11-16"
PEOPLE = """customerId,systemName,fullName,phone,email,identityNo,dob2
C1,CRM,Nguyễn Văn Hùng,0912345678,hung@example.com,,1960-05-01
P7,POS,Hung Nguyen,+84912345678,,,
C2,CRM,Nguyễn Văn Nam,0912345678,noemail@shop.vn,,1988-06-15
C3,CRM,Lê Thị Hoa,0903111222,noemail@shop.vn,,
L1,CRM,Đỗ Thị Lan,0978111222,,,
"""
NAMESAKES = """customerId,systemName,fullName,phone,email,dob2
V1,CRM,Trịnh Công Vũ,,vu85@example.com,1985-06-15
V2,POS,Trịnh Công Vũ,0987654321,,1985-06-15
"""


@pytest.fixture(scope="module")
def family(run_steps: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    raw = tmp_path_factory.mktemp("raw")
    (raw / DAY).mkdir(parents=True)
    (raw / DAY / "people.csv").write_text(PEOPLE, encoding="utf-8")
    return run_steps(raw)


def explain(run: Any, key: str, unmask: bool = True) -> tuple[int, str]:
    out = Console(record=True, width=300, file=io.StringIO())
    return explain_person(run.settings, key, unmask, out, out), out.export_text()


def person(run: Any, source_id: str) -> str:
    return str(next(r["person_id"] for r in run.rows("profile_records") if r["source_id"] == source_id))


def test_it_says_why_records_are_one_person_and_what_nearly_joined_them(family: Any) -> None:
    status, text = explain(family, person(family, "C1"))
    assert status == 0
    assert "one person made of 2 records" in text
    assert "[1] and [2]: the same phone +84912345678, and neither names nor birth dates contradict (medium)" in text
    assert "customer-identity C2 of CRM (Nguyễn Văn Nam)" in text
    assert "but their names are those of two people (vetoed)" in text
    assert "vetoed: kept apart" in text
    assert "medium: joins where neither names nor birth dates contradict each other" in text
    assert "blocked:" not in text, "words that were not used need no explanation"


def test_it_says_which_shared_value_is_nobodys(family: Any) -> None:
    _, text = explain(family, person(family, "C3"))
    assert "No other record was joined to it" in text
    assert "noemail@shop.vn, but the value is a placeholder, or blocked in the identity rules (blocked)" in text


def test_it_masks_unless_asked_otherwise(family: Any) -> None:
    _, text = explain(family, person(family, "C1"), unmask=False)
    assert "912345678" not in text
    assert "Nguyễn" not in text
    assert "+84***678" in text


def test_a_shortened_explanation_lists_every_record_it_cites_and_how_many_there_are(
    family: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cdp_pipeline.commands.explain.MOST_LINES", 1)
    _, text = explain(family, person(family, "C1"))
    listed, _, cited = text.partition("They are one person because:")
    assert set(re.findall(r"\[\d+\]", cited)) <= set(re.findall(r"\[\d+\]", listed))
    monkeypatch.setattr("cdp_pipeline.commands.explain.MOST_LINES", 0)
    _, text = explain(family, person(family, "C1"))
    assert "  0 of 2 shown; --all shows the rest.\n" in text
    assert "  0 of 1 shown; --all shows the rest.\n\n" in text.partition("They are one person because:")[2]


def test_a_person_of_one_record_is_explained_in_the_singular(family: Any) -> None:
    _, text = explain(family, person(family, "L1"))
    assert "is one person made of 1 record:" in text
    assert "\n\nNo other record was joined to it.\n\nNo other record was nearly joined to it.\n" in text
    assert "\n\n\n" not in text


def test_an_unknown_id_is_told_in_one_sentence(family: Any) -> None:
    status, text = explain(family, "P000")
    assert status == 1
    assert "No person has the id P000 now" in text


def test_a_record_that_joined_nobody_is_there_by_what_it_names(
    run_steps: Callable[[Path], Any], tmp_path: Path
) -> None:
    for object_type, text in {
        "customer-identity": PEOPLE,
        "customer-relationship": (
            "customerId,systemName,relationshipId,relationship,fullName\nC1,CRM,R1,child,Nguyễn Văn Nam\n"
        ),
        "sms-interaction": (
            "id,systemName,phoneNumber,serviceProvider,eventAt,event\nM1,GW,0903111222,GW,1784507164000,sent\n"
        ),
    }.items():
        folder = tmp_path / "raw" / object_type / "2026-11-16"
        folder.mkdir(parents=True)
        (folder / "rows.csv").write_text(text, encoding="utf-8")
    run = run_steps(tmp_path / "raw")
    _, of_hung = explain(run, person(run, "C1"))
    assert "customer-relationship of customer id C1, who is this person; the name on it is the related" in of_hung
    _, of_hoa = explain(run, person(run, "C3"))
    assert "[2]: sms-interaction sent to +84903111222, which no other person has." in of_hoa


def test_it_finds_a_person_by_whatever_show_takes_and_by_a_record_key(family: Any) -> None:
    of_hung = explain(family, person(family, "C1"))
    assert explain(family, "P7") == of_hung
    assert explain(family, "hung@example.com") == of_hung
    key = next(row["record_key"] for row in family.rows("profile_records") if row["source_id"] == "P7")
    assert explain(family, key) == of_hung


def test_a_key_of_several_people_names_them(family: Any) -> None:
    status, text = explain(family, "0912345678")
    assert status == 1
    assert "2 people fit" in text
    assert "Explain one of them by id:\n  cdp explain P" in text
    assert person(family, "C1") in text
    assert person(family, "C2") in text


def test_record_keys_are_printed_when_asked_for(family: Any) -> None:
    key = next(row["record_key"] for row in family.rows("profile_records") if row["source_id"] == "P7")
    out = Console(record=True, width=300, file=io.StringIO())
    explain_person(family.settings, "P7", True, out, out, with_keys=True)
    assert f"key {key}" in out.export_text()
    assert key not in explain(family, "P7")[1]


def test_a_pair_that_waits_for_a_decision_is_told_with_what_the_overrides_file_asks_for(
    run_steps: Callable[[Path], Any], tmp_path: Path
) -> None:
    (tmp_path / "raw" / DAY).mkdir(parents=True)
    (tmp_path / "raw" / DAY / "people.csv").write_text(NAMESAKES, encoding="utf-8")
    run = run_steps(tmp_path / "raw")
    status, text = explain(run, "V1", unmask=False)
    keys = {row["source_id"]: row["record_key"] for row in run.rows("profile_records")}
    assert status == 0
    assert "Probably one person with, for you to decide (`same` or `different` in the overrides file):" in text
    assert "same name" in text
    assert "but namesakes and relatives have as much in common" in text
    assert all(keys[source_id] in text for source_id in ("V1", "V2"))


@pytest.mark.parametrize(
    ("are_alone", "ending"), [(True, "name and contacts."), (False, "as another record above does.")]
)
def test_a_lone_contact_is_compared_with_no_other_record(are_alone: bool, ending: str) -> None:
    contact = {"record_key": "k", "object_type": "customer-product-comment", "role": "contact", "sent_to": None}
    records = pl.DataFrame([contact | {"customer_id": None, "lead_id": None}], infer_schema_length=None)
    (line,) = belonging_lines(records, {"k": "[1]"}, unmask=False, are_alone=are_alone)
    assert line.endswith(ending)


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ({"status": "used", "strength": "medium", "identifier_kind": "phone"}, ["medium"]),
        ({"status": "used", "strength": "medium", "identifier_kind": "alike"}, ["alike"]),
        ({"status": "vetoed", "strength": "strong", "identifier_kind": "phone"}, ["vetoed"]),
    ],
)
def test_only_the_words_that_a_line_uses_are_explained(link: dict[str, str | None], words: list[str]) -> None:
    assert explained_words(link) == words
