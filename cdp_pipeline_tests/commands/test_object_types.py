import click
import pytest

from cdp_pipeline.commands.arguments import ObjectType


def test_an_object_type_is_taken_as_its_folder_is_named() -> None:
    assert ObjectType().convert("customer-identity", None, None) == "customer-identity"


@pytest.mark.parametrize("written", ["customer_identity", "Customer-Identity", "customer-identities"])
def test_one_that_is_written_otherwise_is_told_as_it_should_be(written: str) -> None:
    with pytest.raises(click.BadParameter, match="is not an object type; did you mean customer-identity"):
        ObjectType().convert(written, None, None)


def test_where_none_is_near_all_are_listed() -> None:
    with pytest.raises(click.BadParameter, match=r"there are customer-identity, .*sms-interaction\."):
        ObjectType().convert("zebra", None, None)
