import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from cdp_pipeline.defs.resources import Workplace
from cdp_pipeline.defs.schedules import new_files_sensor


class Ticks:
    """Ticks of the sensor one after the other, as the daemon makes them."""

    def __init__(self) -> None:
        self.cursor: str | None = None
        self.instance = dg.DagsterInstance.ephemeral()

    def tick(self) -> dict[str, str]:
        """Run keys by requested drop date."""
        with dg.build_sensor_context(
            instance=self.instance, cursor=self.cursor, resources={"workplace": Workplace()}
        ) as context:
            result = new_files_sensor(context)
        self.cursor = result.cursor
        return {request.partition_key: request.run_key for request in result.run_requests or []}


@pytest.fixture
def sensor() -> Ticks:
    return Ticks()


def drop(raw: Path, name: str, text: str) -> Path:
    path = raw / "customer-identity" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_new_file_requests_its_drop_date(raw: Path, sensor: Ticks) -> None:
    assert sensor.tick() == {}
    drop(raw, "2026-11-16/a.ndjson", '{"customerId": "C1"}\n')
    assert set(sensor.tick()) == {"2026-11-16"}


def test_the_same_content_asks_once_and_another_again(raw: Path, sensor: Ticks) -> None:
    path = drop(raw, "2026-11-16/a.ndjson", '{"customerId": "C1"}\n')
    first = sensor.tick()
    os.utime(path, ns=(1, 1))
    assert sensor.tick() == first, "the same file copied anew"
    drop(raw, "2026-11-16/a.ndjson", '{"customerId": "C1", "fullName": "Lan"}\n')
    assert sensor.tick() != first


def test_a_misplaced_file_goes_with_the_newest_date(raw: Path, sensor: Ticks) -> None:
    drop(raw, "undated.ndjson", '{"customerId": "C1"}\n')
    assert len(sensor.tick()) == 1


def test_a_file_still_being_written_asks_for_nothing(raw: Path, sensor: Ticks) -> None:
    drop(raw, "2026-11-16/a.ndjson.part", '{"customerId": "C1"}\n')
    assert sensor.tick() == {}


@pytest.mark.parametrize(("status", "ended"), [("FAILURE", 25), ("FAILURE", 1), ("CANCELED", 25)])
def test_a_date_whose_run_failed_is_asked_for_again_a_day_later(
    raw: Path, sensor: Ticks, status: str, ended: int
) -> None:
    drop(raw, "2026-11-16/a.ndjson", '{"customerId": "C1"}\n')
    first = sensor.tick()
    run = dg.DagsterRun("daily_profiles", tags={"dagster/run_key": first["2026-11-16"]})
    sensor.instance.add_run(run)
    event = dg.DagsterEvent(getattr(dg.DagsterEventType, f"RUN_{status}").value, "daily_profiles")
    sensor.instance.run_storage.handle_run_event(run.run_id, event, datetime.now(UTC) - timedelta(hours=ended))
    assert (sensor.tick() == first) is ((status, ended) != ("FAILURE", 25))


def test_asking_reads_and_writes_nothing_of_the_lake(raw: Path, sensor: Ticks) -> None:
    drop(raw, "2026-11-16/a.ndjson", '{"customerId": "C1"}\n')
    sensor.tick()
    assert not (raw.parent / "lake").exists()
