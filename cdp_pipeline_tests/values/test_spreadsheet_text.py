import pytest

from cdp_pipeline.values.spreadsheet_text import Change, change_of, iso_date


@pytest.mark.parametrize(
    ("sent", "saved"),
    [
        ("0912345678", "912345678"),
        ("84912345678", "8.49123E+10"),
        ("84912345678", "8,49E+10"),
        ("1234567890123456789", "1234567890123450000"),
        ("12.50", "12,5"),
        ("true", "TRUE"),
        ("1990-06-05", "05/06/1990"),
        ("1990-06-05", "6/5/90"),
        ("2026-11-16 10:30:00", "11/16/2026 10:30"),
        ("1-2", "02-Jan"),
        ("abc", "#NAME?"),
        ("x" * 40_000, "x" * 32_767),
    ],
)
def test_a_cell_that_only_a_spreadsheet_rewrote_says_nothing_new(sent: str, saved: str) -> None:
    assert change_of(sent, saved) is Change.REWRITTEN


@pytest.mark.parametrize(
    ("sent", "saved"),
    [
        ("abc", "8.49E+10"),
        ("09x2345678", "912345678"),
        ("05/06/1990", "06/05/1990"),
        ("", "1-Feb"),
    ],
)
def test_a_change_that_may_be_the_spreadsheets_is_doubtful(sent: str, saved: str) -> None:
    assert change_of(sent, saved) is Change.DOUBTFUL


def test_a_new_date_whose_day_and_month_could_be_swapped_is_doubtful_in_a_column_of_dates_only() -> None:
    assert change_of("abc", "05/06/1990", is_date=True) is Change.DOUBTFUL
    assert change_of("abc", "05/06/1990") is Change.MADE


@pytest.mark.parametrize(("sent", "saved"), [("abc", "1990"), ("0", "5"), ("a@b", "an@example.com"), ("x", "")])
def test_any_other_change_is_a_persons(sent: str, saved: str) -> None:
    assert change_of(sent, saved) is Change.MADE


def test_line_ends_and_blanks_around_are_no_change() -> None:
    assert change_of("a\nb", " a\r\nb ") is Change.NONE


def test_letters_that_a_file_format_lacks_are_lost() -> None:
    assert change_of("Nguyễn Văn Đức", "Nguy?n V?n ??c") is Change.LETTERS_LOST


@pytest.mark.parametrize(
    ("text", "iso"),
    [("25/12/1990", "1990-12-25"), ("12/25/1990", "1990-12-25"), ("05/06/1990", "05/06/1990"), ("1990", "1990")],
)
def test_a_date_of_one_reading_is_written_as_iso(text: str, iso: str) -> None:
    assert iso_date(text) == iso
