from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import AfterValidator, Field

from cdp_pipeline.configuration import ConfigurationError, Section, WrongValueError, one_of, parse, read_bytes


def even(number: int) -> int:
    if number % 2:
        raise WrongValueError("an even number")
    return number


class Opening(Section):
    days: tuple[Annotated[str, one_of(("monday", "friday"))], ...] = ()
    hours: dict[str, Annotated[int, Field(strict=True, ge=6)]] = {}


class Shop(Section):
    name: str = ""
    tables: Annotated[int, AfterValidator(even)] = 2
    mark: Literal[",", "."] = "."
    open: Opening = Opening()


def test_a_file_is_read_into_its_model_with_or_without_a_byte_order_mark() -> None:
    text = b"name = 'Tea'\n[open]\ndays = ['friday']\nhours = {friday = 8}\n"
    shop = parse("shop.toml", text, Shop)
    assert shop == Shop(name="Tea", open=Opening(days=("friday",), hours={"friday": 8}))
    assert parse("shop.toml", b"\xef\xbb\xbf" + text, Shop) == shop


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nmae = 'Tea'", "nmae is unknown (did you mean name?); allowed: name, tables, mark, open."),
        ('"my shop\\n" = 1', '"my shop\\n" is unknown; allowed: name, tables, mark, open.'),
        ("name = 3", "name is 3; allowed: a text, in quotes."),
        ("name = 2026-11-16", "name is a date; allowed: a text, in quotes."),
        ("tables = 3", "tables is 3; allowed: an even number."),
        ("mark = ';'", "mark is ';'; allowed: ',' or '.'."),
        ("open = 'daily'", "open is a text; allowed: a section, written [open]."),
        ("[open]\ndays = 'friday'", "open.days is a text; allowed: a list of texts, in square brackets."),
        (
            "[open]\ndays = ['monday', 'frday']",
            "open.days, item 2, is 'frday' (did you mean friday?); allowed: monday, friday.",
        ),
        ("[open]\ndays = [true]", "open.days, item 1, is true; allowed: monday, friday."),
        ("[open.hours]\n'bank holiday' = 5", 'open.hours."bank holiday" is 5; allowed: a number of at least 6.'),
        ("[open.hours]\nfriday = 8.0", "open.hours.friday is 8.0; allowed: a whole number."),
    ],
)
def test_a_fault_is_a_sentence_with_the_key_what_was_found_and_what_is_allowed(text: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        parse("shop.toml", text.encode(), Shop)
    assert str(error.value) == f"shop.toml: {told}"


def test_several_faults_are_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as error:
        parse("shop.toml", b"name = ['Tea']\ntables = 3\n", Shop)
    assert str(error.value) == (
        "shop.toml: name is a list; allowed: a text, in quotes. tables is 3; allowed: an even number."
    )


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"name = \n", "the file is not TOML (Invalid value (at line 1, column 8)); allowed: a TOML file."),
        (b"name = '\xff'", "the file is not UTF-8; allowed: a TOML file in UTF-8."),
        (b"name = " + b"[" * 5000, "the file is not TOML (maximum recursion depth exceeded"),
    ],
)
def test_a_file_that_is_no_toml_is_told_with_its_line(content: bytes, told: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        parse("shop.toml", content, Shop)
    assert str(error.value).startswith(f"shop.toml: {told}")


def test_a_file_that_cannot_be_opened_is_told_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as error:
        read_bytes(tmp_path)
    assert str(error.value) == f"{tmp_path}: the file cannot be read (Is a directory); allowed: a TOML file."
