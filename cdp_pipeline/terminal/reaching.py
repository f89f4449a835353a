"""The database of a run that is about to begin: checked before any work, so that a wrong one is reported at once.

Loads little: neither Dagster nor what reads files.
"""

import secrets
from datetime import UTC, datetime

from rich.console import Console

from cdp_pipeline.serving.database import ServingError, check_usable
from cdp_pipeline.settings import PREFIX, Settings
from cdp_pipeline.terminal.printing import print_text

_NO_STEP = "the database, which could not be used"


def is_database_usable(settings: Settings, err: Console) -> bool:
    """Whether a run can publish; otherwise prints the reason and writes a data-quality page of a stopped run.

    Every run publishes, if only to compare the database with the lake, so that the connection is always needed.

    Args:
        settings: The database, the lake and the page.
        err: Where the reason is printed.
    """
    try:
        check_usable(settings.database_url)
    except ServingError as error:
        reason = str(error).rstrip(".")
        print_text(
            err,
            f"{PREFIX}DATABASE_URL names a database that cannot be used. {reason}. Nothing was read or published; "
            "correct the database or the setting and run again.",
            style="red",
        )
        _write_page(settings)
        return False
    return True


def _write_page(settings: Settings) -> None:
    """Write the page of a run that stopped here, unless another run, which writes its own, is under way."""
    if not settings.lake_dir.is_dir():
        return
    from cdp_pipeline.deliveries.rejections import was_anything_read
    from cdp_pipeline.entities.registry import ENTITIES
    from cdp_pipeline.lake import Lake
    from cdp_pipeline.lake_lock import LakeBusyError, held
    from cdp_pipeline.pipeline.quality_page import keep_stopped, write_quality_page

    lake, run, now = Lake(settings.lake_dir), secrets.token_hex(4), datetime.now(UTC)
    if not was_anything_read(lake, ENTITIES):
        return
    try:
        with held(lake, f"of cdp run, {run}", wait_seconds=0):
            keep_stopped(lake, run, now, _NO_STEP)
            write_quality_page(lake, ENTITIES, run, now, settings.quality_page)
    except LakeBusyError:
        return
