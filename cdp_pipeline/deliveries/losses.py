"""What a day was read from before and is read from now -> what its sender took away, in words.

A file that is dropped again under its name replaces what it said, as senders who correct it mean it to. One that was
cut off on its way, or removed by mistake, looks the same, so it is told.
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
    """A sentence for the files of a day that are gone, and one for those that are shorter; none where nothing is less.

    Files are shorter where they have fewer bytes and the day fewer rows: the same rows in less room are no loss.
    """
    if before is None or now.line.drop_date is None or now.line.read >= before.line.read:
        return ()
    sizes = {f.source_file: f.size for f in now.files}
    gone = [f.source_file for f in before.files if f.source_file not in sizes]
    shorter = [f.source_file for f in before.files if sizes.get(f.source_file, f.size) < f.size]
    of = f"{now.line.object_type} {now.line.drop_date}"
    rows = f"{count_of(now.line.read, 'row')} of {of} read, {before.line.read:,} before"
    told = []
    if gone:
        told.append(f"Removed from the raw folder: {_named(gone)}; {rows}.")
    if shorter:
        told.append(f"Shorter than before under the same name: {_named(shorter)}; {rows}.")
    return tuple(told)


def withdrawal(object_type: str, day: str, rows: int) -> str:
    """A sentence on a held delivery whose files were removed.

    Args:
        object_type: The entity.
        day: The drop date.
        rows: How many rows of an earlier delivery of the day are in use.
    """
    stays = f"the {count_of(rows, 'row')} of the delivery before stay in use" if rows else "the day is empty now"
    return f"The held delivery of {object_type} {day} was removed from the raw folder; {stays}."


def days_without_files(lake: Lake, entities: Sequence[Entity], there: Collection[tuple[str, str]]) -> str:
    """A sentence on the days whose files are all gone, of which what was made stays; empty where there are none.

    Args:
        lake: What was read.
        entities: The entities.
        there: Object type and day of all that the raw folder has.
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
    # Senders put phones and e-mails into names of files.
    return ", ".join(visible(mask_contacts(one)) for one in sorted(some)[:_NAMED]) + (
        f" and {more:,} more" if more > 0 else ""
    )
