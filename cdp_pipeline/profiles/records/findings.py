"""Anomalies of people and of their records -> counts by rule, for the table of findings.

Each anomaly is counted under one rule for review; no record is rejected or lost because of it:

- `contradiction:gender`, `contradiction:birthDate`, `contradiction:name`: records of one person differ. The profile
  shows the surviving value, `profile_values` all of them.
- `early:reviewedAt`: a review older than all other evidence of its person. It stays on the timeline as sent.
- `orphan:parentCommentId`: an answer to a comment that never arrived. It stays, without a `parent_record_key`.
- `self:related`: a relationship whose related person is the person. It stays, without a related person.
- `missing:currency`: a price, as no source states a currency. The default currency (CDP_CURRENCY) is assumed.

Anomalies of a single row are declared with its entity and counted in `staging/findings.py`.
"""

from dataclasses import dataclass

import polars as pl
from pandera.typing.polars import DataFrame, LazyFrame

from cdp_pipeline.current import Records
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_product_comment import CUSTOMER_PRODUCT_COMMENT
from cdp_pipeline.entities.customer_product_review import CUSTOMER_PRODUCT_REVIEW
from cdp_pipeline.entities.customer_relationship import CUSTOMER_RELATIONSHIP
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.entities.table import TableModel, column, table_of
from cdp_pipeline.identity import RecordPersons
from cdp_pipeline.profiles.activities.activities import ProfileActivities
from cdp_pipeline.profiles.addresses.relationships import ProfileRelationships
from cdp_pipeline.profiles.records.records import ProfileRecords, records_of

CONTRADICTIONS = ("contradiction:gender", "contradiction:birthDate", "contradiction:name")
"""The rules that count people; the others count records."""


class Anomalies(TableModel, key=("object_type", "rule")):
    """One row per object type and rule with at least one match."""

    object_type: str = column("The entity, by its landing folder.", nullable=False)
    rule: str = column("The rule, such as contradiction:gender.", nullable=False)
    rows: int = column("People or records that match the rule.", nullable=False)


ANOMALIES = table_of(Anomalies)


@dataclass(frozen=True)
class AnomalyInputs:
    """The built tables in which anomalies are found."""

    records: LazyFrame[ProfileRecords]
    activities: LazyFrame[ProfileActivities]
    relationships: LazyFrame[ProfileRelationships]


def find_anomalies(
    current: Records, record_persons: LazyFrame[RecordPersons], parts: AnomalyInputs
) -> DataFrame[Anomalies]:
    """One row per object type and rule with at least one match, ordered by both.

    Args:
        current: The current records by entity name.
        record_persons: The person of each record.
        parts: The built tables.
    """
    found = [
        _contradictions(current, record_persons),
        _early_reviews(parts),
        _counted(
            CUSTOMER_PRODUCT_COMMENT.object_type,
            "orphan:parentCommentId",
            parts.activities.filter(pl.col("parent_problem") == "missing"),
        ),
        _counted(
            CUSTOMER_RELATIONSHIP.object_type,
            "self:related",
            parts.relationships.filter(pl.col("related_problem") == "self"),
        ),
        parts.activities.filter(pl.col("price").is_not_null() | pl.col("price_4_sale").is_not_null())
        .group_by("object_type")
        .agg(pl.lit("missing:currency").alias("rule"), pl.len().alias("rows")),
    ]
    rows = pl.concat(ANOMALIES.conform(frame) for frame in found)
    return ANOMALIES.named(rows.filter(pl.col("rows") > 0).sort("object_type", "rule").collect())


def _contradictions(current: Records, record_persons: LazyFrame[RecordPersons]) -> pl.LazyFrame:
    """How many people have records that differ in gender, in birth date, or in names beyond omitted words."""
    every = pl.concat(
        records_of(entity, current, record_persons).select(
            "person_id",
            pl.col(entity.person.gender).alias("gender") if entity.person.gender else pl.lit(None).alias("gender"),
            pl.col("birth_date") if entity.person.birth_timestamp else pl.lit(None, pl.Date()).alias("birth_date"),
            "name_match",
        )
        for entity in ENTITIES
        if entity.role == "person"
    )
    # Collected, as it is read three times.
    stated = every.collect().lazy()
    known_gender = pl.col("gender").filter(pl.col("gender") != "undefined")
    people = stated.group_by("person_id").agg(
        known_gender.n_unique().alias("genders"), pl.col("birth_date").drop_nulls().n_unique().alias("births")
    )
    counts = people.select(
        (pl.col("genders") > 1).sum().alias("contradiction:gender"),
        (pl.col("births") > 1).sum().alias("contradiction:birthDate"),
    ).unpivot(variable_name="rule", value_name="rows")
    named = stated.select("person_id", "name_match").filter(pl.col("name_match").is_not_null()).unique()
    # Nearly all people have one name; only the others are compared.
    several = named.group_by("person_id").len().filter(pl.col("len") > 1)
    names = _names_differ(named.join(several, on="person_id", how="semi")).select(
        pl.lit("contradiction:name").alias("rule"), pl.len().alias("rows")
    )
    return pl.concat([counts, names]).with_columns(object_type=pl.lit(CUSTOMER_IDENTITY.object_type))


def _names_differ(named: pl.LazyFrame) -> pl.LazyFrame:
    """One row per person with a name that has a word which the person's longest name lacks.

    A name without a middle name, or with an initial for a word, does not differ. The longest name has the most words;
    ties go to the most letters, then to the first in alphabetical order.
    """
    names = named.select("person_id", "name_match", pl.col("name_match").str.split(" ").alias("words"))
    longest = (
        names.sort(
            "person_id",
            pl.col("words").list.len(),
            pl.col("name_match").str.len_chars(),
            "name_match",
            descending=[False, True, True, False],
        )
        .group_by("person_id")
        .agg(pl.col("words").first().alias("longest"))
    )
    known = pl.concat_list("longest", pl.col("longest").list.eval(pl.element().str.head(1)))
    return (
        names.join(longest, on="person_id")
        .filter(pl.col("words").list.set_difference(known).list.len() > 0)
        .select("person_id")
        .unique()
    )


def _early_reviews(parts: AnomalyInputs) -> pl.LazyFrame:
    """Reviews older than all other evidence of their person; none for people with only reviews."""
    is_review = pl.col("object_type") == CUSTOMER_PRODUCT_REVIEW.object_type
    reviews = parts.activities.filter(is_review).select("person_id", "occurred_at").collect()
    # A filter by known people is several times faster than a join of all records.
    is_reviewer = pl.col("person_id").is_in(reviews["person_id"].unique().implode())
    others = parts.records.filter(~is_review & is_reviewer).group_by("person_id").agg(pl.col("first_seen_at").min())
    early = reviews.lazy().join(others, on="person_id").filter(pl.col("occurred_at") < pl.col("first_seen_at"))
    return _counted(CUSTOMER_PRODUCT_REVIEW.object_type, "early:reviewedAt", early)


def _counted(object_type: str, rule: str, rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.select(pl.len().alias("rows")).with_columns(object_type=pl.lit(object_type), rule=pl.lit(rule))
