import pytest

from cdp_pipeline.values.mask import mask_email, mask_phone, mask_text


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
