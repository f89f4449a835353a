import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.ingest.batch import UnreadableEntryError
from cdp_pipeline.ingest.exact import as_json, parse, read_entry


@pytest.mark.parametrize(
    "number", ["85154916362.265125484", "1584507164000", "1.50", "1e3", "-0", "123456789012345678901234567890", "1e400"]
)
def test_every_digit_of_a_number_stays(number: str) -> None:
    raw = f'{{"customerId":{number},"customFieldTexts":{{"customField01":{number}}}}}'
    entry = read_entry(raw, CUSTOMER_IDENTITY)
    assert entry.cells == {"customer_id": number}
    assert as_json(entry.custom_fields) == f'{{"customFieldTexts":{{"customField01":{number}}}}}'


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ('{"a":1', "It is not JSON: Expecting ',' delimiter at character 7."),
        ("42", "It is a JSON number; expected an object, one entry."),
        ("null", "It is a JSON null; expected an object, one entry."),
        ('"C1"', "It is a JSON text; expected an object, one entry."),
        ("[]", "It is a JSON list; expected an object, one entry."),
        ('{"yob":NaN}', "It is not JSON: NaN is not a JSON number."),
        ('{"yob":1,"yob":1}', 'The key "yob" occurs more than once in an object; expected once.'),
        ('{"a":{"b":1,"b":2}}', 'The key "b" occurs more than once in an object; expected once.'),
        ('{"fullName":"\\ud800"}', "It is not JSON: a text contains half of a surrogate pair."),
        ('{"a":' + "[" * 201 + "]" * 201 + "}", "It is nested more than 200 deep."),
    ],
)
def test_what_cannot_be_read_says_why_without_quoting_it(raw: str, reason: str) -> None:
    with pytest.raises(UnreadableEntryError) as caught:
        read_entry(raw, CUSTOMER_IDENTITY)
    assert str(caught.value) == reason


def test_brackets_within_texts_are_no_nesting() -> None:
    assert parse('{"a":"' + "[" * 500 + '"}') == {"a": "[" * 500}


def test_a_character_no_database_can_hold_is_replaced() -> None:
    assert parse('{"a":"x\\u0000y","b":"\\\\u0000"}') == {"a": "x\ufffdy", "b": "\\u0000"}


def test_nested_objects_are_columns_and_what_is_unknown_in_them_stays() -> None:
    raw = '{"id":"ldg1","address":{"street":"1 Main","coordinate":{"latitude":10.50},"new":1},"lifeCycle":"New"}'
    entry = read_entry(raw, MOEGO_LEAD)
    assert entry.cells == {"id": "ldg1", "address_1": "1 Main", "latitude": "10.50"}
    assert entry.extra == {"address.new": "1", "lifeCycle": "New"}


def test_of_two_keys_for_a_column_the_exact_one_holds_and_the_other_is_kept() -> None:
    entry = read_entry('{"customer_id":"C2","customerId":"C1","Phone":"0912"}', CUSTOMER_IDENTITY)
    assert entry.cells == {"customer_id": "C1", "phone": "0912"}
    assert entry.extra == {"customer_id": "C2"}


def test_a_list_in_a_scalar_column_is_told_from_text_that_looks_like_one() -> None:
    entry = read_entry('{"phone":["0912"],"email":"[1]","nickNames":["Hà"],"city":{"a":1.50}}', CUSTOMER_IDENTITY)
    assert entry.cells == {"phone": '["0912"]', "email": "[1]", "nick_names": '["Hà"]', "city": '{"a":1.50}'}
    assert entry.structured == ["phone", "city"]


def test_a_list_in_a_column_of_json_is_in_place() -> None:
    assert read_entry('{"pets":[{"name":"Rex"}]}', MOEGO_LEAD).structured == []
