from collections import Counter

import polars as pl

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.ingest.batch import ENVELOPE, batch_of, rejected_entries, rejected_file


def entries(*rows: int) -> pl.DataFrame:
    return pl.DataFrame({"source_row": rows, "entry_number": [1] * len(rows), "raw": [f"entry {row}" for row in rows]})


def test_parts_come_together_in_the_order_of_the_file() -> None:
    known = entries(1, 4).with_columns(customer_id=pl.Series(["C1", "C4"]))
    batch = batch_of(
        CUSTOMER_IDENTITY,
        [known, entries(3)],
        [rejected_entries(entries(5), "x"), rejected_entries(entries(2), "y", ENVELOPE)],
    )
    assert batch.rows.select("source_row", "customer_id").rows() == [(1, "C1"), (3, None), (4, "C4")]
    assert batch.rejected.select("source_row", "rules").rows() == [(2, ["envelope"]), (5, ["unreadable"])]
    assert (batch.read, batch.findings) == (5, Counter())


def test_the_raw_text_of_a_refused_entry_fits_into_a_database() -> None:
    frame = pl.DataFrame({"source_row": [1], "entry_number": [1], "raw": ["a\x00b" + "x" * 2_000_000]})
    raw = rejected_entries(frame, "too long")["raw"].item()
    assert raw.startswith("a\ufffdbx")
    assert len(raw) == 1_000_000


def test_a_file_that_cannot_be_read_is_one_row() -> None:
    assert rejected_file("It is cut.").rows() == [(1, 1, ["unreadable"], "It is cut.", None)]
