"""The file of corrections -> the lake's copy, which layers read; and what an erasure removes from the file.

The copy is made once in a run: what is corrected while a run goes on is published by the next one.
"""

import polars as pl

from cdp_pipeline.identity import RECORD_PERSONS
from cdp_pipeline.pipeline.layer import content_token
from cdp_pipeline.privacy import CorrectionList, RequestLog, Suppressions, suppressed_keys
from cdp_pipeline.profiles.golden import CORRECTIONS, find_corrected
from cdp_pipeline.settings import Settings
from cdp_pipeline.store import Lake

PLACE = ("privacy", CORRECTIONS.name)
"""Where the copy lies in the lake; a lake without it has no corrections."""


def take_corrections(lake: Lake, settings: Settings) -> int:
    """Make the lake's copy equal to the file; it is written only if they differ. Returns the corrections in force.

    Raises:
        PrivacyError: The file cannot be read, or lacks a correction that is in force.
    """
    listed = CorrectionList(settings.privacy_dir)
    listed.check(RequestLog(settings.privacy_dir).requests())
    now = listed.frame()
    before = lake.scan(*PLACE).collect() if lake.exists(*PLACE) else CORRECTIONS.empty()
    if not now.equals(before):
        lake.write(*PLACE, now)
    return now.height


def corrections_token(lake: Lake) -> str:
    """A text that changes exactly with the lake's copy."""
    rows = lake.scan(*PLACE) if lake.exists(*PLACE) else CORRECTIONS.empty().lazy()
    return str(rows.select(content_token()).collect().item())


def erase_corrections_of(lake: Lake, settings: Settings, person_id: str) -> None:
    """Remove the corrections of a person who is still in the lake from the file."""
    listed = CorrectionList(settings.privacy_dir)
    persons = RECORD_PERSONS.named(lake.scan("identity", RECORD_PERSONS.name))
    found = find_corrected(CORRECTIONS.named(listed.frame().lazy()), persons).filter(pl.col("person_id") == person_id)
    listed.end(found.select("request_id").collect().to_series())


def erase_corrected_records(settings: Settings, suppressions: Suppressions) -> None:
    """Remove keys of suppressed records from the file, and corrections whose first record is one.

    Those of a person who was just erased are gone already; this repeats it for a file that was put back.
    """
    listed = CorrectionList(settings.privacy_dir)
    listed.remove_records(set(suppressed_keys(_keys(listed), suppressions)))


def count_corrections(settings: Settings, suppressions: Suppressions) -> int:
    """How many corrections name a suppressed record."""
    listed = CorrectionList(settings.privacy_dir)
    own = suppressed_keys(_keys(listed), suppressions)
    return listed.frame().filter(pl.col("record_keys").list.eval(pl.element().is_in(own.implode())).list.any()).height


def _keys(listed: CorrectionList) -> pl.Series:
    return listed.frame()["record_keys"].explode().drop_nulls().alias("record_key")
