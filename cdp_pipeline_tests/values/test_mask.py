import pytest

from cdp_pipeline.values.mask import mask_contacts, mask_email, mask_phone, mask_text


@pytest.mark.parametrize(
    ("phone", "shown"),
    [("+84912345678", "+84***678"), ("0912 345 678", "***678"), ("12345", "***"), ("", "***"), (None, None)],
)
def test_a_phone_shows_its_last_three_digits(phone: str | None, shown: str | None) -> None:
    assert mask_phone(phone) == shown


@pytest.mark.parametrize(
    ("address", "shown"),
    [("an.nguyen@example.com", "a***@example.com"), ("@x.vn", "***@x.vn"), ("no address", "n*** a***"), (None, None)],
)
def test_an_address_shows_its_first_letter_and_its_domain(address: str | None, shown: str | None) -> None:
    assert mask_email(address) == shown


def test_a_text_shows_the_first_letter_of_each_word() -> None:
    assert mask_text("Nguyễn Văn An") == "N*** V*** A***"
    assert mask_text(None) is None


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("crm/2026-11-16/zalo_0912345678.csv", "crm/2026-11-16/zalo_***678.csv"),
        ("+84 (912) 345-678.xlsx", "+84***678.xlsx"),
        ("an.nguyen@example.com.ndjson", "a***@example.com.ndjson"),
        ("calls 20261116_0912345678.csv", "calls 20261116_***678.csv"),
        ("19901312.csv", "***312.csv"),
    ],
)
def test_a_file_name_hides_phones_and_addresses(name: str, shown: str) -> None:
    assert mask_contacts(name) == shown


@pytest.mark.parametrize(
    "name",
    ["customers.csv", "part-00001.ndjson", "export_20261116T020000Z.csv", "2026-11-16_02-00.csv", "20261116020000.gz"],
)
def test_a_file_name_of_dates_times_and_small_numbers_stays(name: str) -> None:
    assert mask_contacts(name) == name
