"""Dates on the command line: as folders are named, or an error that names the one that was meant."""

from datetime import date

import click
import pytest

from cdp_pipeline.commands.arguments import DropDate


def test_a_date_is_written_as_folders_are_named() -> None:
    assert DropDate().convert("2026-11-16", None, None) == date(2026, 11, 16)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("yesterday", "'yesterday' is not a drop date; expected YYYY-MM-DD, such as 2026-11-16."),
        ("2026-11-31", "'2026-11-31' is not a drop date; expected YYYY-MM-DD, such as 2026-11-16."),
        ("20261116", "'20261116' is not a drop date; expected YYYY-MM-DD; did you mean 2026-11-16?"),
        ("2026-1-6", "'2026-1-6' is not a drop date; expected YYYY-MM-DD; did you mean 2026-01-06?"),
        ("16/11/2026", "'16/11/2026' is not a drop date; expected YYYY-MM-DD; did you mean 2026-11-16?"),
    ],
)
def test_a_date_that_is_written_otherwise_is_an_error_with_the_one_that_was_meant(text: str, told: str) -> None:
    with pytest.raises(click.BadParameter) as refused:
        DropDate().convert(text, None, None)
    assert refused.value.message == told
