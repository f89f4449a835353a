"""The previous and the current report of a day -> sentences about files that were removed or became shorter.

A sender corrects a file by delivering it again under its name, which replaces its rows. A file that was cut off in
transfer or removed by mistake has the same effect, so losses are reported.
"""

from collections.abc import Collection, Sequence

from cdp_pipeline.deliveries.reports import DayReport
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.lake import UNDATED, Lake
from cdp_pipeline.values.counted import count_of
from cdp_pipeline.values.foreign_text import visible
from cdp_pipeline.values.mask import mask_contacts

_NAMED = 3


def losses(before: DayReport | None, now: DayReport) -> tuple[str, ...]:
    """A sentence about the files of a day that are gone, and one about those that are shorter; may be empty.

    Files count as shorter if they have fewer bytes and the day has fewer rows. The same rows in fewer bytes are no
    loss.
    """
    if before is None or now.line.drop_date is None or now.line.read >= before.line.read:
        return ()
    sizes = {f.source_file: f.size for f in now.files}
    gone = [f.source_file for f in before.files if f.source_file not in sizes]
    shorter = [f.source_file for f in before.files if sizes.get(f.source_file, f.size) < f.size]
    of = f"{now.line.object_type} {now.line.drop_date}"
    rows = f"{count_of(now.line.read, 'row')} of {of} read, {before.line.read:,} before"
    sentences = []
    if gone:
        sentences.append(f"Removed from the raw folder: {_named(gone)}; {rows}.")
    if shorter:
        sentences.append(f"Shorter than before under the same name: {_named(shorter)}; {rows}.")
    return tuple(sentences)


def withdrawal(object_type: str, day: str, rows: int) -> str:
    """A sentence about a held delivery whose files were removed.

    Args:
        object_type: The entity.
        day: The drop date.
        rows: Number of rows in use of an earlier delivery of the day.
    """
    stays = f"the {count_of(rows, 'row')} of the delivery before stay in use" if rows else "the day is empty now"
    return f"The held delivery of {object_type} {day} was removed from the raw folder; {stays}."


def days_without_files(lake: Lake, entities: Sequence[Entity], there: Collection[tuple[str, str]]) -> str:
    """A sentence about the days whose files are all gone and whose rows stay; empty if there are none.

    Args:
        lake: The lake with the reports.
        entities: The entities.
        there: Object type and day of all files in the raw folder.
    """
    gone = [
        f"{entity.object_type} {day}"
        for entity in entities
        for day in lake.report_days(entity.name)
        if day != UNDATED
        and (entity.object_type, day) not in there
        # An accepted delivery may hold nothing but rejected rows.
        and any(lake.rows(layer, entity.name, day) for layer in ("staging", "rejected"))
    ]
    if not gone:
        return ""
    return (
        f"Removed from the raw folder: all files of {_named(gone)}; what was made of them stays, and nothing could "
        "make it again. `cdp run --all` goes on without it."
    )


def _named(some: Sequence[str]) -> str:
    more = len(some) - _NAMED
    # File names of senders may contain phone numbers and e-mail addresses.
    return ", ".join(visible(mask_contacts(one)) for one in sorted(some)[:_NAMED]) + (
        f" and {more:,} more" if more > 0 else ""
    )
