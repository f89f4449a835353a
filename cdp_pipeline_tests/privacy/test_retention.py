"""The file of periods: which entity is kept for how long, and what is refused."""

from datetime import date
from pathlib import Path

import pytest

from cdp_pipeline.configuration import ConfigurationError
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.email_interaction import EMAIL_INTERACTION
from cdp_pipeline.privacy.retention import Keeping, Retention, read_retention


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "retention.toml"


def test_without_a_file_all_is_kept_for_good() -> None:
    assert read_retention(None) == Retention()
    assert not read_retention(None)


def test_an_entity_has_its_own_period_else_the_default_of_its_layer(file: Path) -> None:
    file.write_text('[records]\ndefault = "5 years"\nemail_interaction = "2 years"\n')
    periods = read_retention(file)
    assert periods.of("records", EMAIL_INTERACTION) == Keeping(2, "year")
    assert periods.of("records", CUSTOMER_IDENTITY) == Keeping(5, "year")
    assert periods.of("rejected", CUSTOMER_IDENTITY) is None


def test_forever_is_no_period(file: Path) -> None:
    file.write_text('exports = "forever"\n[records]\ndefault = "forever"\n')
    assert not read_retention(file)


@pytest.mark.parametrize(
    ("period", "cutoff"),
    [
        (Keeping(15, "day"), date(2024, 2, 14)),
        (Keeping(1, "month"), date(2024, 1, 29)),
        (Keeping(1, "year"), date(2023, 2, 28)),
        (Keeping(4, "year"), date(2020, 2, 29)),
        (Keeping(999, "year"), date(1025, 2, 28)),
    ],
    ids=str,
)
def test_a_period_counts_back_by_the_calendar(period: Keeping, cutoff: date) -> None:
    assert period.cutoff(date(2024, 2, 29)) == cutoff


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[records]\nemail_interactions = "2 years"', "did you mean email_interaction?"),
        ('[record]\ndefault = "2 years"', "did you mean records?"),
        ('[records]\ndefault = "two years"', "records.default is 'two years'; allowed: a period such as \"15 days\""),
        ('[records]\ndefault = "0 days"', "records.default is '0 days'"),
        ('[records]\ndefault = "5 working days"', "records.default is '5 working days'"),
        ("exports = 30", "exports is 30"),
        ('records = "2 years"', "records is a text"),
        ("[records", "the file is not TOML"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place_and_what_is_allowed(file: Path, text: str, words: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfigurationError) as error:
        read_retention(file)
    assert str(error.value).startswith(f"{file}: ")
    assert words in str(error.value)
