import polars as pl
import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_membership import CUSTOMER_MEMBERSHIP
from cdp_pipeline.entities.customer_product_activity import CUSTOMER_PRODUCT_ACTIVITY
from cdp_pipeline.ingest.conventions import Evidence, ambiguous, rewrite


def points(*cells: str | None) -> list[str | None]:
    text = pl.DataFrame({"loyalty_point": cells}, schema={"loyalty_point": pl.String})
    evidence = Evidence()
    evidence.add(text, CUSTOMER_MEMBERSHIP)
    return rewrite(text, CUSTOMER_MEMBERSHIP, evidence)["loyalty_point"].to_list()


def births(*cells: str | None) -> list[str | None]:
    text = pl.DataFrame({"dob_2": cells}, schema={"dob_2": pl.String})
    evidence = Evidence()
    evidence.add(text, CUSTOMER_IDENTITY)
    return rewrite(text, CUSTOMER_IDENTITY, evidence)["dob_2"].to_list()


@pytest.mark.parametrize("mark", [".", ","])
def test_a_column_with_millions_proves_its_thousands(mark: str) -> None:
    cells = [f"5{mark}000", f"12{mark}500", f"1{mark}250{mark}000", "7", None]
    assert points(*cells) == ["5000", "12500", "1250000", "7", None]


@pytest.mark.parametrize("cell", ["5.000", "150.000", "12,500"])
def test_without_proof_a_cell_stays_as_sent(cell: str) -> None:
    assert points(cell, "3", "9") == [cell, "3", "9"]


def test_contradicting_proofs_are_none() -> None:
    assert points("5.000", "1.250.000", "12.5") == ["5.000", "1250000", "12.5"]


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("12,5", "12.5"),
        ("-1.234.567,8", "-1234567.8"),
        ("1 250 000", "1250000"),
        ("1\u00a0250,5", "1250.5"),
        ("1'250'000", "1250000"),
        ("7.0", "7.0"),
        ("0.125", "0.125"),
        ("12.1250", "12.1250"),
        ("1.2.3", "1.2.3"),
    ],
)
def test_some_cells_explain_themselves(cell: str, number: str) -> None:
    assert points(cell) == [number]


def test_a_decimal_mark_proved_elsewhere_decides_the_undecided() -> None:
    assert points("12,125", "3,5") == ["12.1250", "3.5"]
    assert points("12.500", "3,5") == ["12500", "3.5"]


def test_the_zero_behind_an_integer_proves_nothing() -> None:
    assert points("5.000", "7.0") == ["5.000", "7.0"]


def test_proofs_come_from_every_batch_of_the_file() -> None:
    first, second = (pl.DataFrame({"price": [cell]}) for cell in ("150.000", "1.500.000"))
    evidence = Evidence()
    for batch in (first, second):
        evidence.add(batch, CUSTOMER_PRODUCT_ACTIVITY)
    assert rewrite(first, CUSTOMER_PRODUCT_ACTIVITY, evidence)["price"].to_list() == ["150000"]


def test_one_column_proves_nothing_about_another() -> None:
    text = pl.DataFrame({"price": ["1.500.000"], "quantity": ["1.000"]})
    evidence = Evidence()
    evidence.add(text, CUSTOMER_PRODUCT_ACTIVITY)
    assert rewrite(text, CUSTOMER_PRODUCT_ACTIVITY, evidence)["quantity"].to_list() == ["1.000"]


@pytest.mark.parametrize(
    ("proof", "read", "expected"),
    [("31/12/1990", "1990-12-31", "1990-06-05"), ("12/31/1990", "1990-12-31", "1990-05-06")],
)
def test_a_day_above_twelve_proves_the_order(proof: str, read: str, expected: str) -> None:
    assert births(proof, "05/06/1990") == [read, expected]


@pytest.mark.parametrize("other", ["05.06.1990", "05-06-1990"])
def test_full_stops_and_dashes_part_dates_too(other: str) -> None:
    assert births("31/12/1990", other) == ["1990-12-31", "1990-06-05"]


def test_dates_without_or_with_contradicting_proof_stay_as_sent() -> None:
    assert births("05/06/1990") == ["05/06/1990"]
    assert births("31/12/1990", "12/31/1990") == ["31/12/1990", "12/31/1990"]
    assert births("31/12/1990", "31/02/1990", "05/06/90") == ["1990-12-31", "31/02/1990", "05/06/90"]


def test_a_time_of_day_stays_local() -> None:
    text = pl.DataFrame({"created_at": ["31/12/2025 08:05", "01/02/2026 23:59:59"]})
    evidence = Evidence()
    evidence.add(text, CUSTOMER_IDENTITY)
    read = rewrite(text, CUSTOMER_IDENTITY, evidence)["created_at"].to_list()
    assert read == ["2025-12-31T08:05:00", "2026-02-01T23:59:59"]


def test_only_rows_with_undecided_cells_wait() -> None:
    text = pl.DataFrame({"loyalty_point": ["5.000", "7", "7.0", "12.1250", None, "x" * 16_000]})
    assert ambiguous(text, CUSTOMER_MEMBERSHIP, Evidence()).to_list() == [True, False, False, False, False, False]
