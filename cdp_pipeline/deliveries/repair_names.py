"""Names of rejected rows in the lines of `cdp repair`, and whether the named rows still exist.

A name consists of file, row and entry, and a digest of the row as sent, so that another row that is later at the same
position does not match. If the named row is gone, or was delivered again with other content, the line is superseded:
the later delivery is used, and the line counts as a duplicate.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl

from cdp_pipeline.ingest.batch import Batch
from cdp_pipeline.ingest.field_names import REPAIRS
from cdp_pipeline.ingest.files import RawFile
from cdp_pipeline.validation.validate import Validated

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
