import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.ingest.field_names import FieldNames, drift_rule, folded

CUSTOMERS = FieldNames(CUSTOMER_IDENTITY)
LEADS = FieldNames(MOEGO_LEAD)


@pytest.mark.parametrize(
    "key",
    ["sourceNameLevel2", "source_name_level_2", "Source Name Level 2", "SOURCE-NAME-LEVEL2", " sourcenamelevel2 "],
)
def test_case_spaces_and_dashes_do_not_matter(key: str) -> None:
    meaning = CUSTOMERS.meaning(key)
    assert meaning is not None
    assert meaning.column == "source_name_level_2"


def test_the_exact_name_ranks_before_aliases_and_other_spellings() -> None:
    keys = ["address.zip", "Address.PostalCode", "address.postalCode"]
    meanings = [meaning for key in keys if (meaning := LEADS.meaning(key))]
    assert {meaning.column for meaning in meanings} == {"address_postal_code"}
    assert sorted(keys, key=lambda key: meanings[keys.index(key)].rank) == [keys[2], keys[0], keys[1]]


@pytest.mark.parametrize(
    ("key", "container"),
    [
        ("customFieldTexts", "customFieldTexts"),
        ("custom_field_texts", "customFieldTexts"),
        ("customFieldColours", "customFieldColours"),
        ("customField01", None),
        ("customFields", None),
    ],
)
def test_a_container_is_known_by_its_name(key: str, container: str | None) -> None:
    assert CUSTOMERS.container(key) == container


def test_moego_keeps_custom_fields_in_a_container_of_its_own() -> None:
    assert LEADS.container("customFields") == "customFields"


def test_a_header_may_name_a_single_custom_field() -> None:
    assert CUSTOMERS.custom_field("customFieldTexts.customField01") == ("customFieldTexts", "customField01")
    assert CUSTOMERS.custom_field("lifeCycle.name") is None


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.object_type)
def test_no_two_columns_of_an_entity_are_spelled_alike(entity: Entity) -> None:
    names = [(folded(name), c.name) for c in entity.columns for name in (c.source, *c.aliases)]
    assert len({name for name, _ in names}) == len(set(names))


@pytest.mark.parametrize(
    "key", ["0912345678", "zalo_0912.345.678", "an@example.com", "Nguyễn Văn An", "Nguyen Van An", "x" * 80, ""]
)
def test_a_key_that_may_be_personal_is_not_told(key: str) -> None:
    assert drift_rule(key) == "drift:(not an identifier)"


def test_a_key_that_looks_like_a_field_is_told() -> None:
    assert drift_rule("productId") == "drift:productId"


@pytest.mark.parametrize(
    "header",
    [
        "\ufeff\ufeffcustomerId",
        "customerId\u200b",
        "\u2060customer\u00adId",
        "\u200ecustomer\u00a0id\u200f",
        '\ufeff"customerId"',
        "\u201ccustomerId\u201d",
    ],
)
def test_invisible_signs_and_quotes_are_no_part_of_a_header(header: str) -> None:
    meaning = CUSTOMERS.meaning(header)
    assert meaning is not None
    assert meaning.column == "customer_id"


def test_a_container_is_known_under_invisible_signs() -> None:
    assert CUSTOMERS.custom_field("\ufeffcustomFieldTexts.customField01") == ("customFieldTexts", "customField01")


def test_unknown_headers_have_nearest_names() -> None:
    assert CUSTOMERS.nearest("custmer id")[0] == "customerId"
    assert CUSTOMERS.nearest("zzzzzz") == []
