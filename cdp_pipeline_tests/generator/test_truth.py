import polars as pl
import pytest

from cdp_pipeline.generator.dataset import generate
from cdp_pipeline.generator.sheet import Sheet
from cdp_pipeline.generator.truth import TRUTH_SCHEMA

RECORD = ("object_type", "internal_company_id", "system_name", "source_id")


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    return pl.read_parquet(generate(tmp_path_factory.mktemp("truth") / "raw", 500, 2, seed=3).truth)


def test_the_table_has_the_agreed_columns(truth: pl.DataFrame) -> None:
    assert truth.schema == TRUTH_SCHEMA


def test_every_person_has_at_least_one_record(truth: pl.DataFrame) -> None:
    assert set(truth["person"].drop_nulls()) == set(range(500))


def test_a_record_is_about_one_person(truth: pl.DataFrame) -> None:
    assert truth.group_by(RECORD).agg(pl.col("person").n_unique())["person"].max() == 1


def test_only_messages_may_be_about_nobody(truth: pl.DataFrame) -> None:
    nobodys = truth.filter(pl.col("person").is_null())["object_type"].unique()
    assert set(nobodys) == {"email-interaction", "sms-interaction"}


def test_a_shared_phone_is_shared_by_two_people_of_one_household(truth: pl.DataFrame) -> None:
    sharing = truth.filter("shares_phone").group_by("household").agg(pl.col("person").n_unique())
    assert sharing.height > 10
    assert sharing["person"].min() == 2


def test_every_row_that_arrives_is_in_the_truth(sheet: Sheet) -> None:
    noted = {tuple(row[:4]) for row in sheet.truth}
    own_ids = {"customer-product-activity": "actionId", "customer-membership": "membershipId", "sms-interaction": "id"}
    for object_type, own_id in own_ids.items():
        for row in (row for rows in sheet.rows[object_type] for row in rows):
            assert (object_type, row["internalCompanyId"], row["systemName"], row[own_id]) in noted
