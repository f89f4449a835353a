"""A whole run that begins with mending and erasing, as `cdp run` does it; in a process of its own, to be killed."""

import signal
import time
from datetime import UTC, datetime
from multiprocessing.context import BaseContext
from typing import Any

from cdp_pipeline.deliveries.days import process_days
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.pipeline.mending import mend
from cdp_pipeline.pipeline.quality_page import write_quality_page
from cdp_pipeline.pipeline.run import bring_up_to_date, clear_states
from cdp_pipeline.settings import Settings
from cdp_pipeline.store.lake import Lake
from cdp_pipeline.store.lock import held


def run_whole(settings: Settings, *, reprocess: bool = False) -> None:
    """Run for all drop dates; with `reprocess` as `cdp run --all`."""
    lake, words = Lake(settings.lake_dir), list[str]()
    with held(lake, "run", begin=lambda: mend(lake, settings, "mend", words.append)):
        if reprocess:
            clear_states(lake)
        days = sorted({path.name for path in settings.raw_dir.glob("*/*") if path.is_dir()})
        for entity in ENTITIES:
            process_days(lake, entity, settings, "run", days=days, reprocess=reprocess, log=lambda _: None)
        bring_up_to_date(lake, settings, datetime.now(UTC))
        write_quality_page(lake, settings, ENTITIES, "run", datetime.now(UTC))


def seconds_of_a_run(processes: BaseContext, settings: Settings) -> float:
    """How long a run takes that is not killed."""
    process = _begun(processes, settings)
    began = time.monotonic()
    process.join()
    assert process.exitcode == 0
    return time.monotonic() - began


def is_killed_after(processes: BaseContext, settings: Settings, seconds: float) -> bool:
    """Run and be killed after some seconds; false when the run ended before."""
    process = _begun(processes, settings)
    process.join(seconds)
    process.kill()
    process.join()
    return bool(process.exitcode == -signal.SIGKILL)


def _begun(processes: BaseContext, settings: Settings) -> Any:
    process: Any = processes.Process(target=run_whole, args=(settings,))  # type: ignore[attr-defined]
    process.start()
    return process
