from pathlib import Path

import pytest

from cdp_pipeline.configuration import ConfigurationError
from cdp_pipeline.profiles.golden.attributes import ATTRIBUTES, EVIDENCE_SOURCES
from cdp_pipeline.profiles.golden.survivorship import Attribute
from cdp_pipeline.profiles.golden.survivorship_file import read_survivorship


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "survivorship.toml"


def named(attributes: tuple[Attribute, ...]) -> dict[str, Attribute]:
    return {attribute.name: attribute for attribute in attributes}


def test_without_a_file_everything_is_as_declared():
    assert read_survivorship(None) == ATTRIBUTES


def test_a_section_changes_its_attribute_and_no_other(file: Path):
    file.write_text('\ufeff[language]\nstrategy = "oldest"\n', encoding="utf-8")
    own, declared = named(read_survivorship(file)), named(ATTRIBUTES)
    assert own["language"].strategy == "oldest"
    assert [name for name in declared if own[name] != declared[name]] == ["language"]


def test_sources_that_are_not_listed_come_last_in_one_tier(file: Path):
    file.write_text('[gender]\nstrategy = "source_priority"\nsources = ["moego-lead", "customer-identity"]\n')
    gender = named(read_survivorship(file))["gender"]
    assert gender.sources[:2] == (("moego-lead",), ("customer-identity",))
    assert sorted(source for tier in gender.sources for source in tier) == sorted(EVIDENCE_SOURCES)
    assert (len(gender.sources), gender.weak_values) == (3, ("undefined",))


def test_another_strategy_keeps_who_may_speak(file: Path):
    file.write_text('[store_id]\nstrategy = "most_recent"\n')
    assert named(read_survivorship(file))["store_id"].sources == (("customer-identity",),)


SCALAR = "most_recent, source_priority, most_frequent, most_complete, oldest"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            '[genders]\nstrategy = "oldest"',
            "genders is unknown (did you mean gender?); allowed: internal_company_id, name, nick_names,",
        ),
        (
            '[first_name]\nstrategy = "oldest"',
            "first_name is unknown (did you mean nick_names?); allowed: internal_company_id, name,",
        ),
        (
            '[address]\nstrategy = "oldest"',
            "address is chosen by the rule of its own table; allowed: internal_company_id",
        ),
        ('gender = "oldest"', "gender is a text; allowed: a section, written [gender]."),
        ("[gender]", f"gender.strategy is missing; allowed: {SCALAR}."),
        ('[gender]\nstrategy = "newest"', f"gender.strategy is 'newest'; allowed: {SCALAR}."),
        ("[gender]\nstrategy = 7", f"gender.strategy is 7; allowed: {SCALAR}."),
        ('[gender]\nstrategy = "all_values"', f"gender.strategy is 'all_values'; allowed: {SCALAR}."),
        ('[nick_names]\nstrategy = "oldest"', "nick_names.strategy is 'oldest'; allowed: all_values."),
        (
            '[gender]\nstrategy = "oldest"\norder = []',
            "gender.order is unknown; allowed: strategy, sources.",
        ),
        (
            '[gender]\nstrategy = "oldest"\nsources = ["moego-lead"]',
            'gender.sources is given; allowed: sources only with strategy = "source_priority".',
        ),
        (
            '[gender]\nstrategy = "source_priority"',
            "gender.sources is missing; allowed: a list of some of lead-information, customer-identity,",
        ),
        ('[gender]\nstrategy = "source_priority"\nsources = []', "gender.sources is empty; allowed: a list of some of"),
        (
            '[gender]\nstrategy = "source_priority"\nsources = "moego-lead"',
            "gender.sources is a text; allowed: a list of texts, in square brackets.",
        ),
        (
            '[gender]\nstrategy = "source_priority"\nsources = ["moego-lead", "moego"]',
            "gender.sources, item 2, is 'moego' (did you mean moego-lead?); allowed: lead-information,",
        ),
        (
            '[gender]\nstrategy = "source_priority"\nsources = ["moego-lead", "moego-lead"]',
            "gender.sources, item 2, is 'moego-lead' again; allowed: a list of some of",
        ),
        ("[gender", "the file is not TOML ("),
    ],
)
def test_a_choice_that_cannot_be_made_is_one_line_with_file_attribute_found_and_allowed(
    file: Path, text: str, told: str
):
    file.write_text(text)
    with pytest.raises(ConfigurationError) as error:
        read_survivorship(file)
    assert str(error.value).startswith(f"{file}: {told}")
    assert "\n" not in str(error.value)


def test_a_file_that_cannot_be_read_is_told_too(file: Path):
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_survivorship(file)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        read_survivorship(file)
