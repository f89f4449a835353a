from collections.abc import Callable
from hashlib import md5
from typing import Any

import polars as pl
import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_identity_photo import CUSTOMER_IDENTITY_PHOTO
from cdp_pipeline.staging.keys import canonical_json
from cdp_pipeline.staging.pipeline import Staged

CUSTOMER: dict[str, Any] = {
    "customer_id": "C1",
    "system_name": "CRM",
    "full_name": "Lê An",
    "nick_names": ["An", "Bé"],
    "yob": 1988,
    "custom_fields": '{"customFieldTexts":{"customField01":"x","customField02":"y"}}',
}


@pytest.mark.parametrize(
    "resent",
    [
        {"source_row": 7, "entry_number": 3},
        {"system_name": None, "envelope_source": "CRM"},
        {"custom_fields": '{ "customFieldTexts": { "customField02": "y", "customField01": "x" } }'},
    ],
)
def test_the_same_content_has_the_same_hash_however_it_is_sent(
    stage: Callable[..., Staged], resent: dict[str, object]
) -> None:
    assert stage(CUSTOMER_IDENTITY, CUSTOMER, CUSTOMER | resent).rows["payload_hash"].n_unique() == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"full_name": "Lê Ân"},
        {"full_name": None, "first_name": "Lê An"},
        {"nick_names": ["Bé"]},
        {"yob": 1989},
        {"custom_fields": None},
        {"extra": '{"colour":"red"}'},
        {"ignored_update_cfs": ["customField01"]},
    ],
)
def test_any_other_content_has_another_hash(stage: Callable[..., Staged], changed: dict[str, object]) -> None:
    assert stage(CUSTOMER_IDENTITY, CUSTOMER, CUSTOMER | changed).rows["payload_hash"].n_unique() == 2


def test_the_hash_does_not_depend_on_the_rows_around(stage: Callable[..., Staged]) -> None:
    full = CUSTOMER | {"updated_at": 1584507164000, "photos": "a; b", "extra": '{"a":1}'}
    together = stage(CUSTOMER_IDENTITY, full, CUSTOMER).rows["payload_hash"].to_list()
    alone = stage(CUSTOMER_IDENTITY, CUSTOMER).rows["payload_hash"].to_list()
    assert together[1:] == alone


def test_the_hash_is_the_first_half_of_the_contents_md5(stage: Callable[..., Staged]) -> None:
    photo = {"customer_id": "C1", "source": "Facebook", "image_url": "https://example.com/1.png"}
    # ref_id, timezone_gmt, system_name, internal_company_id, record_status, the entity's own, and what came beside.
    content = "\x1f".join(["", "", "", "", "", "C1", "Facebook", "https://example.com/1.png", "", "", ""])
    expected = int(md5(content.encode(), usedforsecurity=False).hexdigest()[:16], 16)
    assert stage(CUSTOMER_IDENTITY_PHOTO, photo).rows["payload_hash"].to_list() == [expected]


def test_json_is_compared_with_its_keys_in_order() -> None:
    texts = pl.Series(['{"b": 1, "a": {"d": 2, "c": null}}', None])
    assert canonical_json(texts).to_list() == ['{"a":{"c":null,"d":2},"b":1}', None]


@pytest.mark.parametrize("text", ['{"b": NaN, "a": 1}', "[" * 2000 + "]" * 2000, '{"b": 12345678901234567890}'])
def test_json_that_cannot_be_parsed_without_loss_stays_as_it_is(text: str) -> None:
    assert canonical_json(pl.Series([text])).to_list() == [text]
