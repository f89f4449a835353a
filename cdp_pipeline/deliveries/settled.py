"""Rejected rows by name, and which of them are settled: repaired by a delivery that names them, or accepted later.

The name of a row consists of file, row and entry, and a digest of the row as sent, so that another row that is later at
the same position does not match. If the named row is gone, or was delivered again with other content, the line of the
repair is superseded: the later delivery is used, and the line counts as a duplicate.

    repaired         a row of a file of `cdp repair` names the rejected row by its position and content
    accepted later   a row of the same record was accepted from a later drop date

All other rows are open. A repaired row that was rejected again replaces the row that it repairs, until a further repair
of that row is accepted. If a delivery of a day is held, the rows of that delivery are classified.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.deliveries.reports import newest_day_reports
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.table import column, table_of
from cdp_pipeline.ingest import REPAIRS, Batch, RawFile
from cdp_pipeline.staging import staging_table
from cdp_pipeline.store import UNDATED, Lake
from cdp_pipeline.validation import REJECTED, RejectedRows, Validated

REPAIR_FILE = re.compile(r"/repair-[^/]+\.ndjson$")
"""The end of the path of a file written by `cdp repair`."""

SUPERSEDED = "superseded_repair"
"""The finding that counts repair lines whose row is gone or was delivered again with other content."""

_DIGEST_BYTES = 8
_NAME = r"^(.+:\d+:\d+):([0-9a-f]{16})$"
_PLACE = ("source_file", "source_row", "entry_number")


def place_text(source_file: str, source_row: int, entry_number: int) -> str:
    """File, row and entry of a row in one text."""
    return f"{source_file}:{source_row}:{entry_number}"


def digest_text(raw: str | None) -> str:
    """The digest of a row as it was sent."""
    return hashlib.blake2b((raw or "").encode(), digest_size=_DIGEST_BYTES).hexdigest()


def row_name(place: str, raw: str | None) -> str:
    """The name of a row in the line that repairs it."""
    return f"{place}:{digest_text(raw)}"


def named_row(extra: pl.Expr) -> pl.Expr:
    """The name in the undocumented keys of a row of a repair file; null for all other rows.

    Args:
        extra: These keys as JSON; the frame has `source_file` too.
    """
    name = extra.str.json_path_match(f"$.{REPAIRS}")
    return pl.when(pl.col("source_file").str.contains(REPAIR_FILE.pattern) & name.str.contains(_NAME)).then(name)


def place_in_name(name: pl.Expr) -> pl.Expr:
    """File, row and entry of a named row."""
    return name.str.extract(_NAME, 1)


def digest_in_name(name: pl.Expr) -> pl.Expr:
    """The digest of a named row."""
    return name.str.extract(_NAME, 2)


def repairs_first(files: Iterable[RawFile]) -> list[tuple[RawFile, ...]]:
    """Files in the order that `NamedRows` needs: repair files, then the others; at least one group."""
    groups: tuple[list[RawFile], list[RawFile]] = ([], [])
    for file in files:
        groups[not REPAIR_FILE.search(file.source_file)].append(file)
    return [tuple(group) for group in groups if group] or [()]


@dataclass
class NamedRows:
    """The rows named in accepted lines of a day's repair files.

    Attributes:
        repaired: How many of them are rejected in the current read.
    """

    repaired: int = 0
    _named: Counter[str] = field(default_factory=Counter)
    _present: set[str] = field(default_factory=set)

    def add(self, batch: Batch, validated: Validated) -> None:
        """Add a batch; batches of repair files must come first, see `repairs_first`."""
        names = validated.accepted.select(named_row(pl.col("extra"))).to_series().drop_nulls()
        self._named.update(names)
        if self._named:
            rejected = self._among(validated.rejected)
            self.repaired += len(rejected)
            self._present |= rejected | self._among(batch.rows)

    def superseded(self) -> Counter[str]:
        """Number of accepted lines by name of a row that no longer exists with this content."""
        return Counter({name: lines for name, lines in self._named.items() if name not in self._present})

    def _among(self, rows: pl.DataFrame) -> set[str]:
        places = {name.rpartition(":")[0] for name in self._named}
        files = {place.rsplit(":", 2)[0] for place in places}
        found = rows.filter(pl.col("source_file").is_in(files)).filter(pl.format("{}:{}:{}", *_PLACE).is_in(places))
        names = {row_name(place_text(*place), raw) for *place, raw in found.select(*_PLACE, "raw").iter_rows()}
        return names & self._named.keys()


REPAIRED, ACCEPTED_LATER = "repaired", "accepted later"


class ClassifiedRejections(RejectedRows, key=REJECTED.key):
    """One row per rejected input row, with what settled it."""

    settled: str = column("What settled it: repaired, or accepted later; null as long as it is open.")


CLASSIFIED_REJECTIONS = table_of(ClassifiedRejections)


def classify_rejections(rows: LazyFrame[RejectedRows], lake: Lake, entity: Entity) -> LazyFrame[ClassifiedRejections]:
    """Add the settlement to the rejected rows of an entity.

    Args:
        rows: Rejected rows of the entity, in use or held.
        lake: The lake with the accepted rows.
        entity: The entity of the rows.
    """
    own = named_row(pl.col("fields").str.json_path_match("$.extra"))
    is_repair = pl.col("own").is_not_null()
    later = _accepted(rows, lake, entity)
    classified = (
        rows.with_columns(own=own)
        .with_columns(
            place=pl.when(is_repair)
            .then(place_in_name(pl.col("own")))
            .otherwise(pl.format("{}:{}:{}", "source_file", "source_row", "entry_number"))
        )
        .join(_named(rows, lake, entity), on="place", how="left")
        .join(later, on="record_key", how="left")
        .with_columns(
            # Most rows are not named in a repair file and need no digest.
            digest=pl.when(is_repair)
            .then(digest_in_name(pl.col("own")))
            .otherwise(
                pl.when(pl.col("named").is_not_null())
                .then(pl.col("raw").fill_null(""))
                .map_elements(digest_text, return_dtype=pl.String)
            )
        )
        .with_columns(
            settled=pl.when(
                pl.when(is_repair).then("named_by_accepted").otherwise("named").list.contains(pl.col("digest"))
            )
            .then(pl.lit(REPAIRED))
            .when(pl.col("accepted_on") > pl.col("drop_date"))
            .then(pl.lit(ACCEPTED_LATER))
        )
    )
    return CLASSIFIED_REJECTIONS.conform(classified)


def _named(rows: LazyFrame[RejectedRows], lake: Lake, entity: Entity) -> pl.LazyFrame:
    """By position, the digests of the rows that repair files name: in all lines, and in accepted ones."""
    reports = newest_day_reports(lake, entity.name)
    days = [day for day, report in reports.items() if any(REPAIR_FILE.search(f.source_file) for f in report.files)]
    held = set(lake.held.report_days(entity.name))
    named = [
        of.scan_days("staging", entity.name, staging_table(entity).schema, found).select(
            name=named_row(pl.col("extra")), is_accepted=True
        )
        for of, is_there in ((lake, False), (lake.held, True))
        if (found := [day for day in days if (day in held) == is_there and of.exists("staging", entity.name, day)])
    ]
    if days:
        rejected = named_row(pl.col("fields").str.json_path_match("$.extra"))
        named.append(rows.select(name=rejected, is_accepted=False))
    digest = digest_in_name(pl.col("name"))
    return (
        pl.concat([pl.LazyFrame(schema={"name": pl.String(), "is_accepted": pl.Boolean()}), *named])
        .drop_nulls("name")
        .group_by(place_in_name(pl.col("name")).alias("place"))
        .agg(named=digest, named_by_accepted=digest.filter("is_accepted"))
    )


def _accepted(rows: LazyFrame[RejectedRows], lake: Lake, entity: Entity) -> pl.LazyFrame:
    """The newest drop date on which a row of each rejected record was accepted."""
    days = [day for day in lake.days("staging", entity.name) if day != UNDATED]
    return (
        lake.scan_days("staging", entity.name, staging_table(entity).schema, days)
        .select("record_key", "drop_date")
        .join(rows.select("record_key").drop_nulls().unique(), on="record_key", how="semi")
        .group_by("record_key")
        .agg(pl.col("drop_date").max().alias("accepted_on"))
    )
