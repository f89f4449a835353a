from pathlib import Path

import dagster as dg

from cdp_pipeline.defs.resources import Workplace
from cdp_pipeline.defs.sensors import new_files_sensor


def requests() -> dict[str, str]:
    """Run keys by requested drop date."""
    result = new_files_sensor(dg.build_sensor_context(resources={"workplace": Workplace()}))
    return {request.partition_key: request.run_key for request in result.run_requests or []}


def drop(raw: Path, name: str, text: str) -> None:
    path = raw / "customer-identity" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_new_file_requests_its_drop_date(raw: Path) -> None:
    assert requests() == {}
    drop(raw, "2026-11-16/a.ndjson", '{"customerId": "C1"}\n')
    assert set(requests()) == {"2026-11-16"}


def test_the_same_files_ask_once_and_changed_ones_again(raw: Path) -> None:
    drop(raw, "2026-11-16/a.ndjson", '{"customerId": "C1"}\n')
    first = requests()
    assert requests() == first
    drop(raw, "2026-11-16/a.ndjson", '{"customerId": "C1", "fullName": "Lan"}\n')
    assert requests() != first


def test_a_misplaced_file_goes_with_the_newest_date(raw: Path) -> None:
    drop(raw, "undated.ndjson", '{"customerId": "C1"}\n')
    assert len(requests()) == 1


def test_a_file_still_being_written_asks_for_nothing(raw: Path) -> None:
    drop(raw, "2026-11-16/a.ndjson.part", '{"customerId": "C1"}\n')
    assert requests() == {}
