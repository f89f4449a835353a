"""What is odd about people and what they did -> counts by rule, for the table of findings.

Each odd thing has one outcome; it is counted here so that somebody looks, and nothing is refused or lost for it:

- `contradiction:gender`, `contradiction:birthDate`, `contradiction:name`: records of one person differ. The profile
  shows the value that survives, `profile_values` all of them.
- `early:reviewedAt`: a review older than anything else known of its person. It stays on the timeline as it was sent.
- `orphan:parentCommentId`: an answer to a comment that never came. It stays, without a `parent_record_key`.
- `self:related`: a relationship whose related person is the person themself. It stays, without a related person.
- `missing:currency`: a price, as no source states a currency. The default currency (CDP_CURRENCY) is assumed.

What is odd about a single row is declared with its entity and counted in `staging/findings.py`.
"""

from dataclasses import dataclass

import polars as pl
from pandera.typing.polars import DataFrame, LazyFrame

from cdp_pipeline.current.tables import Records
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_product_comment import CUSTOMER_PRODUCT_COMMENT
from cdp_pipeline.entities.customer_product_review import CUSTOMER_PRODUCT_REVIEW
from cdp_pipeline.entities.customer_relationship import CUSTOMER_RELATIONSHIP
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.entities.table import TableModel, column, table_of
from cdp_pipeline.identity.tables import RecordPersons
from cdp_pipeline.profiles.activities import ProfileActivities
from cdp_pipeline.profiles.records import ProfileRecords, records_of
from cdp_pipeline.profiles.relationships import ProfileRelationships

CONTRADICTIONS = ("contradiction:gender", "contradiction:birthDate", "contradiction:name")
"""The rules of which people are counted; the others count records."""


class OddPeople(TableModel, key=("object_type", "rule")):
    """One row per object type and rule that holds of anything."""

    object_type: str = column("The entity, by its landing folder.", nullable=False)
    rule: str = column("The rule, such as contradiction:gender.", nullable=False)
    rows: int = column("How many people or records it holds of.", nullable=False)


ODD_PEOPLE = table_of(OddPeople)


@dataclass(frozen=True)
class OddParts:
    """The built tables that tell what is odd."""

    records: LazyFrame[ProfileRecords]
    activities: LazyFrame[ProfileActivities]
    relationships: LazyFrame[ProfileRelationships]


def find_odd_people(
    current: Records, record_persons: LazyFrame[RecordPersons], parts: OddParts
) -> DataFrame[OddPeople]:
    """One row per object type and rule that holds of anything, ordered by them.

    Contradictions count people, under customer-identity; the other rules count records under their own object type.

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
    rows = pl.concat(ODD_PEOPLE.conform(frame) for frame in found)
    return ODD_PEOPLE.named(rows.filter(pl.col("rows") > 0).sort("object_type", "rule").collect())


def _contradictions(current: Records, record_persons: LazyFrame[RecordPersons]) -> pl.LazyFrame:
    """How many people's own records differ in gender, in birth date, and in names that no omission explains."""
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
    # Collected, as three questions are put to it.
    said = every.collect().lazy()
    known_gender = pl.col("gender").filter(pl.col("gender") != "undefined")
    people = said.group_by("person_id").agg(
        known_gender.n_unique().alias("genders"), pl.col("birth_date").drop_nulls().n_unique().alias("births")
    )
    counts = people.select(
        (pl.col("genders") > 1).sum().alias("contradiction:gender"),
        (pl.col("births") > 1).sum().alias("contradiction:birthDate"),
    ).unpivot(variable_name="rule", value_name="rows")
    named = said.select("person_id", "name_match").filter(pl.col("name_match").is_not_null()).unique()
    # Nearly all have one name, and only the words of others are to be compared.
    several = named.group_by("person_id").len().filter(pl.col("len") > 1)
    names = _names_differ(named.join(several, on="person_id", how="semi")).select(
        pl.lit("contradiction:name").alias("rule"), pl.len().alias("rows")
    )
    return pl.concat([counts, names]).with_columns(object_type=pl.lit(CUSTOMER_IDENTITY.object_type))


def _names_differ(named: pl.LazyFrame) -> pl.LazyFrame:
    """One row per person of whom some name has a word that their longest one lacks.

    A name without its middle name, or with an initial for a word, is no other name. The longest has the most words; of
    several the most letters, then it is the first in their order.
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


def _early_reviews(parts: OddParts) -> pl.LazyFrame:
    """Reviews older than whatever else is known of their person; of a person of reviews only none is."""
    is_review = pl.col("object_type") == CUSTOMER_PRODUCT_REVIEW.object_type
    reviews = parts.activities.filter(is_review).select("person_id", "occurred_at").collect()
    # A filter by known people reads the records of all several times faster than a join.
    is_reviewer = pl.col("person_id").is_in(reviews["person_id"].unique().implode())
    others = parts.records.filter(~is_review & is_reviewer).group_by("person_id").agg(pl.col("first_seen_at").min())
    early = reviews.lazy().join(others, on="person_id").filter(pl.col("occurred_at") < pl.col("first_seen_at"))
    return _counted(CUSTOMER_PRODUCT_REVIEW.object_type, "early:reviewedAt", early)


def _counted(object_type: str, rule: str, rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.select(pl.len().alias("rows")).with_columns(object_type=pl.lit(object_type), rule=pl.lit(rule))
