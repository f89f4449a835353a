"""Size limits of files and their parts, and the messages for files beyond them.

Each limit is far above the size of healthy files, and low enough that no file fills memory or disk, or crashes the
reader process. Each is a setting of the same name; `settings.py` takes the defaults from here.
"""

from dataclasses import dataclass

MEGABYTE = 2**20

MAX_FILES = 100_000
"""Greatest number of files in a drop date's folder, and of names in a landing folder; far more than a sender needs, and
few enough to list in seconds."""

FREE_EXPANDED_BYTES = 8 * MEGABYTE
"""Expanded size allowed for any compressed file: small repetitive files have high ratios and are read in seconds."""


@dataclass(frozen=True)
class Bounds:
    """Size limits for reading a file.

    Attributes:
        max_expanded_mb: Content of a compressed file, which is written to disk before it is read.
        max_expansion_ratio: Bytes of content by compressed byte, beyond `FREE_EXPANDED_BYTES`. Customer data has 5 to
            50; a decompression bomb has hundreds.
        max_workbook_mb: XML of a workbook, which is loaded whole.
        max_sheet_cells: Cells of a sheet's table, empty ones included, because the table is loaded whole.
        max_columns: Columns of a table, and keys of a JSON object.
        max_entry_mb: A line, a JSON entry, or a row of a delimited file. An envelope of a hundred entries has less than
            one; parsers need up to forty times the size.
        max_cell_characters: A cell.
    """

    max_expanded_mb: int = 8192
    max_expansion_ratio: int = 100
    max_workbook_mb: int = 512
    max_sheet_cells: int = 3_000_000
    max_columns: int = 2_000
    max_entry_mb: int = 16
    max_cell_characters: int = 100_000

    @property
    def entry_bytes(self) -> int:
        """`max_entry_mb` in bytes."""
        return self.max_entry_mb * MEGABYTE

    def expanded_bytes(self, packed_bytes: int) -> int:
        """Greatest expanded size allowed for a compressed file of this size."""
        by_ratio = max(FREE_EXPANDED_BYTES, self.max_expansion_ratio * packed_bytes)
        return min(self.max_expanded_mb * MEGABYTE, by_ratio)

    def too_expanded(self, packed_bytes: int, what: str) -> str:
        """Message for a file that expands to more than `expanded_bytes`.

        Args:
            packed_bytes: The compressed size.
            what: The subject of the sentence, such as "The file".
        """
        most = self.expanded_bytes(packed_bytes)
        is_total = most == self.max_expanded_mb * MEGABYTE
        allowed, setting = (
            (f"at most {self.max_expanded_mb:,} MB", "CDP_MAX_EXPANDED_MB")
            if is_total
            else (f"at most {self.max_expansion_ratio} times its size", "CDP_MAX_EXPANSION_RATIO")
        )
        return (
            f"{what} has {packed_bytes:,} bytes and expands to more than {most:,}; nothing of it was read. Expected "
            f"{allowed}. Send it in parts or less compressed, or raise {setting}."
        )

    def too_wide(self, count: int, what: str) -> str | None:
        """Message for too many columns or keys; None if there are few enough.

        Args:
            count: The number of columns or keys.
            what: The beginning of the sentence, such as "The header has 3,000 columns".
        """
        if count <= self.max_columns:
            return None
        return f"{what}; expected at most {self.max_columns:,}. Remove what is not a field, or raise CDP_MAX_COLUMNS."

    @property
    def too_long(self) -> str:
        """Message for a line or entry beyond `max_entry_mb`."""
        return (
            f"The entry has more than {self.max_entry_mb} MB; expected one customer's record, or an envelope, in each "
            "line. End each record with a line end, or raise CDP_MAX_ENTRY_MB."
        )


USUAL = Bounds()
"""The default limits."""
