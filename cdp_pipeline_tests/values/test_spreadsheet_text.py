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
        ("2026-11-16 10:30:45.120", "11/16/2026 10:30"),
        ("2026-11-16 10:30:45.120", "11/16/2026 10:30:45"),
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
        ("", "1234567890123450000"),
    ],
)
def test_a_change_that_may_be_the_spreadsheets_is_doubtful(sent: str, saved: str) -> None:
    assert change_of(sent, saved) is Change.DOUBTFUL


def test_a_new_date_whose_day_and_month_could_be_swapped_is_doubtful_in_a_column_of_dates_only() -> None:
    assert change_of("abc", "05/06/1990", is_date=True) is Change.DOUBTFUL
    assert change_of("abc", "05/06/1990") is Change.MADE


@pytest.mark.parametrize(
    ("sent", "corrected"),
    [
        ("12/25/1990", "1990-12-25"),
        ("25-12-90", "1990-12-25"),
        ("1990/12/25", "1990-12-25"),
        ("1990-1-5", "1990-01-05"),
        ("05/06/1990", "1990-06-05"),
        ("12,5", "12.5"),
    ],
)
def test_a_value_that_was_unfit_for_its_column_is_corrected_by_writing_it_as_asked_for(
    sent: str, corrected: str
) -> None:
    assert change_of(sent, corrected, is_date=True, was_unfit=True) is Change.MADE
    assert change_of(sent, corrected, is_date=True) is not Change.MADE


def test_an_unfit_value_that_a_spreadsheet_wrote_in_another_unfit_way_is_not_corrected() -> None:
    assert change_of("12/25/1990", "25/12/90", is_date=True, was_unfit=True) is Change.REWRITTEN
    assert change_of("12x", "8.49E+10", was_unfit=True) is Change.DOUBTFUL


def test_seconds_that_a_person_corrected_are_a_change() -> None:
    assert change_of("2026-11-16 10:30:00", "2026-11-16 10:30:45", is_date=True) is Change.MADE


@pytest.mark.parametrize(
    ("sent", "corrected"),
    [("9999-12-31 24:00", "2026-12-31"), ("5e81234567", "C5"), ("C5", "5e81234567"), ("1E99999999999999999999", "1")],
)
def test_numbers_and_dates_beyond_all_bounds_are_texts(sent: str, corrected: str) -> None:
    assert change_of(sent, corrected, is_date=True) is Change.MADE


@pytest.mark.parametrize(("sent", "saved"), [("abc", "1990"), ("0", "5"), ("a@b", "an@example.com"), ("x", "")])
def test_any_other_change_is_a_persons(sent: str, saved: str) -> None:
    assert change_of(sent, saved) is Change.MADE


def test_line_ends_and_blanks_around_are_no_change() -> None:
    assert change_of("a\nb", " a\r\nb ") is Change.NONE


def test_letters_that_a_file_format_lacks_are_lost() -> None:
    assert change_of("Nguyễn Văn Đức", "Nguy?n V?n ??c") is Change.LETTERS_LOST


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("25/12/2026 10:30:45", "2026-12-25T10:30:45"),
        ("25/12/1990", "1990-12-25"),
        ("12/25/1990", "1990-12-25"),
        ("05/06/1990", "05/06/1990"),
        ("1990", "1990"),
    ],
)
def test_a_date_of_one_reading_is_written_as_iso(text: str, iso: str) -> None:
    assert iso_date(text) == iso
