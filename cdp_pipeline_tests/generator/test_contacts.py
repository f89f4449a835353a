import random
import re

import phonenumbers
import pytest

from cdp_pipeline.generator.contacts import MailProvider, PhoneBook, spell_phone
from cdp_pipeline.generator.names import Name
from cdp_pipeline.generator.words import EMAIL_DOMAINS, PHONE_PREFIXES

BOOK = PhoneBook(7)
NAME = Name("Nguyễn", "Thị Minh", "Anh")
STYLES = ("plain", "spaced", "plus", "84", "dotted", "dashed", "plus spaced", "bracketed", "bare")


def e164(text: str) -> str:
    return phonenumbers.format_number(phonenumbers.parse(text, "VN"), phonenumbers.PhoneNumberFormat.E164)


def test_numbers_of_different_places_differ_and_are_valid() -> None:
    numbers = [BOOK.mobile(place) for place in range(-500, 1500)]
    assert len(set(numbers)) == len(numbers)
    assert all(phonenumbers.is_valid_number(phonenumbers.parse("0" + number, "VN")) for number in numbers)


@pytest.mark.parametrize("area", ["28", "24", "236"])
def test_landlines_are_valid_and_differ(area: str) -> None:
    numbers = {BOOK.landline(place, area) for place in range(500)}
    assert len(numbers) == 500
    assert all(phonenumbers.is_valid_number(phonenumbers.parse("0" + number, "VN")) for number in numbers)


@pytest.mark.parametrize("number", ["903118264", "2838226415", "2363822641"])
def test_every_spelling_means_the_same_number(number: str) -> None:
    assert {e164(spell_phone(number, style)) for style in STYLES} == {"+84" + number}


def test_old_records_spell_eleven_digits_where_the_prefix_had_them() -> None:
    assert spell_phone("381234567", "eleven") == "01681234567"
    assert spell_phone("903118264", "eleven") == "0903118264"
    former = [eleven for eleven in PHONE_PREFIXES.values() if eleven]
    assert len(set(former)) == len(former) > 20


def test_addresses_come_from_the_name_and_never_meet() -> None:
    draw, provider = random.Random(1).random, MailProvider(3, 2000)
    addresses = [provider.address(draw, NAME, place) for place in range(2000)]
    assert len(set(addresses)) == len(addresses)
    assert all(re.fullmatch(r"[a-z._]*anh[a-z._]*\d+@[a-z.]+", address) for address in addresses)


def test_every_domain_is_reserved_for_examples() -> None:
    assert all(re.search(r"(^|\.)example\.(com|net|org)$", domain) for domain in EMAIL_DOMAINS)
