from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from cdp_pipeline.configuration import ConfigurationError
from cdp_pipeline.identity.configuration.rules import IdentityRules, read_rules
from cdp_pipeline.values.placeholders import read_placeholders

PACKAGED = Path(__file__).parents[3] / "cdp_pipeline" / "identity" / "configuration" / "identity_rules.toml"


def read(folder: Path, text: str) -> IdentityRules:
    path = folder / "rules.toml"
    path.write_text(text, encoding="utf-8")
    return read_rules(path)


def test_the_packaged_rules_hold_where_a_user_has_none() -> None:
    rules = read_rules(None)
    assert rules.blocked == {kind: read_placeholders()[kind] for kind in rules.limits}
    assert rules.limits == {
        "phone": 8,
        "email": 6,
        "customer_id": 8,
        "identity_no": 5,
        "passport_no": 5,
        **dict.fromkeys(("facebook_id", "zalo_id", "twitter_id", "instagram_id", "linkedin_id"), 3),
    }
    assert rules.cluster_limit == 200
    with pytest.raises(FrozenInstanceError):
        rules.cluster_limit = 1  # type: ignore[misc]


def test_every_packaged_limit_says_its_reason() -> None:
    limits = PACKAGED.read_text(encoding="utf-8").split("[limits]")[1].split("\n[")[0]
    assert all("# " in line for line in limits.splitlines() if " = " in line)


def test_a_users_numbers_replace_the_packaged_ones_and_leave_the_others(tmp_path: Path) -> None:
    rules = read(tmp_path, "[limits]\nphone = 4\n[clusters]\nlargest = 50\n")
    assert rules.limits == {**read_rules(None).limits, "phone": 4}
    assert rules.cluster_limit == 50
    assert rules.blocked == read_rules(None).blocked


def test_a_users_blocked_values_are_added_to_the_packaged_ones(tmp_path: Path) -> None:
    rules = read(
        tmp_path, "[blocked.phone]\nvalues = ['+842838222333']\n[blocked.email]\npatterns = ['@agency[.]vn$']\n"
    )
    packaged = read_placeholders()
    assert rules.blocked["phone"].values == (*packaged["phone"].values, "+842838222333")
    assert rules.blocked["phone"].patterns == packaged["phone"].patterns
    assert rules.blocked["email"].patterns == (*packaged["email"].patterns, "@agency[.]vn$")


def test_a_user_adds_words_for_no_name_no_birth_and_no_id_too(tmp_path: Path) -> None:
    rules = read(
        tmp_path, "[blocked.person_name]\nvalues = ['co hang']\n[blocked.birth_date]\nvalues = ['1901-01-01']\n"
    )
    packaged = read_placeholders()
    assert rules.placeholders["person_name"].values == (*packaged["person_name"].values, "co hang")
    assert rules.placeholders["birth_date"].values == (*packaged["birth_date"].values, "1901-01-01")
    assert rules.placeholders["record_id"] == packaged["record_id"]
    assert set(rules.blocked) == set(rules.limits)


def test_the_packaged_file_is_one_a_user_may_copy() -> None:
    rules = read_rules(PACKAGED)
    assert (rules.limits, rules.cluster_limit) == (read_rules(None).limits, 200)


def test_an_empty_file_and_a_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "") == read_rules(None)
    assert read(tmp_path, "\ufeff[limits]\nphone = 8\n") == read_rules(None)


@pytest.mark.parametrize(
    ("text", "key", "found", "allowed"),
    [
        ("[limit]\nphone = 8", "limit is", "unknown (did you mean limits?)", "limits, clusters, blocked"),
        ("limits = 8", "limits is", "8", "a section, written [limits]"),
        ("[limits]\nfax = 8", "limits.fax is", "unknown", "phone, email"),
        ("[limits]\nphone = 0", "limits.phone is", "0", "at least 1"),
        ("[limits]\nphone = true", "limits.phone is", "true", "a whole number"),
        ("[limits]\nphone = '8'", "limits.phone is", "a text", "a whole number"),
        ("[limits]\nphone = 8.0", "limits.phone is", "8.0", "a whole number"),
        ("[clusters]\nlargest = -1", "clusters.largest is", "-1", "at least 1"),
        ("[clusters]\nsmallest = 1", "clusters.smallest is", "unknown", "largest"),
        ("[blocked]\nphone = ['x']", "blocked.phone is", "a list", "a section, written [blocked.phone]"),
        ("[blocked.fax]\nvalues = []", "blocked.fax is", "unknown", "phone, email"),
        ("[blocked.phone]\nregex = []", "blocked.phone.regex is", "unknown", "values, patterns"),
        ("[blocked.phone]\nvalues = 'x'", "blocked.phone.values is", "a text", "a list of texts"),
        ("[blocked.phone]\nvalues = ['x', 84]", "blocked.phone.values, item 2, is", "84", "a text"),
        ("[blocked.phone]\npatterns = ['']", "blocked.phone.patterns, item 1, is", "empty", "a text"),
        ("[blocked.phone]\npatterns = ['1', '0912(']", "blocked.phone.patterns, item 2, is", "unclosed group", "a reg"),
        ("[blocked.phone]\npatterns = ['0912(?=3)']", "blocked.phone.patterns, item 1, is", "look-around", "a regular"),
        ("[blocked.phone]\npatterns = ['\\w{2000}']", "blocked.phone.patterns, item 1, is", "size limit", "a regular"),
        ("[blocked.phone]\npatterns = ['(?x)1 # one']", "blocked.phone.patterns, item 1, is", "unclosed", "a regular"),
        ("[blocked.phone]\npatterns = ['0*']", "blocked.phone.patterns, item 1, is", "true of every value", "some"),
        ("[limits\nphone = 8", "the file is not TOML", "line 1", "a TOML file"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused_in_one_line(
    tmp_path: Path, text: str, key: str, found: str, allowed: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read(tmp_path, text)
    message = str(refused.value)
    assert message.startswith(f"{tmp_path / 'rules.toml'}: {key}")
    assert found in message
    assert allowed in message.partition("allowed: ")[2]
    assert "\n" not in message
    assert "0912" not in message


@pytest.mark.parametrize("content", [None, b"[limits]\nphone = 8 # \xff"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "rules.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="rules.toml: the file .*; allowed: a TOML file"):
        read_rules(path)


def test_custom_fields_are_declared_by_object_type_and_trait(tmp_path: Path) -> None:
    assert read_rules(None).traits == {}
    told = read(tmp_path, '[traits.customer-identity]\nbirth_place = ["customFieldTexts.customField01"]\n')
    assert told.traits == {"customer-identity": {"birth_place": ("customFieldTexts.customField01",)}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[traits.customers]\n", "traits.customers is unknown"),
        ('[traits.customer-identity]\nhobby = ["customFieldTexts.customField01"]\n', "hobby is unknown"),
        ('[traits.customer-identity]\noccupation = ["customField01"]\n', "item 1, is a text without it"),
        ("[traits]\ncustomer-identity = 3\n", "traits.customer-identity is 3"),
    ],
)
def test_a_trait_that_cannot_be_declared_so_is_refused_by_its_name(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        read(tmp_path, text)
