"""A person's value is corrected on the command line, and stands whatever is delivered, until it is revoked."""

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cdp_pipeline.commands import Asked, make_request

HOA = {
    "customerId": "C1", "systemName": "CRM", "internalCompanyId": "ORG1", "fullName": "Nguyễn Thị Hoa",
    "phone": "0912345678", "dob2": "1985-03-07", "gender": "male",
}  # fmt: skip
ELSEWHERE = {
    "customerId": "C2", "systemName": "POS", "internalCompanyId": "ORG1", "fullName": "Nguyễn Thị Hoa",
    "phone": "0987654321",
}  # fmt: skip
DOCUMENT = {"identityNo": "079190012345"}
RIGHT = "1990-01-02"


def deliver(raw: Path, day: str, *entries: dict[str, Any]) -> None:
    file = raw / "customer-identity" / day / "part.ndjson"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(json.dumps(entry) for entry in entries), encoding="utf-8")


@pytest.fixture
def world(tmp_path: Path, run_steps: Callable[[Path], Any]) -> Any:
    """Hoa as customer of two systems that have nothing but her name in common."""
    deliver(tmp_path / "raw", "2026-11-16", HOA | DOCUMENT, ELSEWHERE)
    return run_steps(tmp_path / "raw")


@pytest.fixture
def ask(world: Any) -> Callable[..., tuple[int, str]]:
    def make(kind: Any, key: str, mode: Any = "execute", **others: Any) -> tuple[int, str]:
        def run() -> int:
            world.run()
            return 0

        out = Console(record=True, width=200, file=io.StringIO())
        asked = Asked(kind, key, reason=others.pop("reason", "letter of 16 November"), **others)
        return make_request(world.settings, asked, mode, run, out, out), out.export_text()

    return make


@pytest.fixture
def correct(ask) -> Callable[..., str]:
    """Corrects a column and gives the id of the request."""

    def make(attribute: str, value: str, key: str = "C1") -> str:
        status, printed = ask("correct", key, attribute=attribute, value=value)
        assert status == 0, printed
        return printed.split("Entered as ")[1].split(";")[0]

    return make


def profile(world: Any, customer: str = "C1") -> dict[str, Any]:
    person = next(row["person_id"] for row in world.rows("profile_records") if row["source_id"] == customer)
    return next(row for row in world.rows("profiles") if row["person_id"] == person)


def born(world: Any, customer: str = "C1") -> str:
    return str(profile(world, customer)["birth_date"])


def from_nothing(world: Any) -> None:
    """The lake is lost, and ids are made again."""
    shutil.rmtree(world.settings.lake_dir)
    Path(world.settings.database_url.removeprefix("sqlite:///")).unlink()
    world.run()


def test_a_correction_stands_against_later_deliveries_and_a_lake_made_from_nothing(world, correct) -> None:
    request = correct("birth_date", RIGHT)
    assert (born(world), profile(world)["birth_year"]) == (RIGHT, 1990)
    deliver(world.settings.raw_dir, "2026-11-17", HOA | DOCUMENT | {"dob2": "1986-06-06"})
    world.run()
    assert born(world) == RIGHT
    from_nothing(world)
    assert (born(world), profile(world)["birth_record_key"]) == (RIGHT, f"correction:{request}")
    assert [(row["column_name"], row["request_id"]) for row in world.rows("profile_corrections")] == [
        ("birth_date", request)
    ]
