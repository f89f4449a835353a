"""profile_values: where each golden value comes from, and what lost against it.

    evidence + golden_values + contact_statements + profile_contacts + profile_addresses -> profile_values

What an attribute is and how it is chosen is declared in `golden.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.entities.kinds import Moment, TextList
from cdp_pipeline.entities.table import TableModel, column, table_of
from cdp_pipeline.profiles.addresses import ProfileAddresses
from cdp_pipeline.profiles.columns import FIRST_SEEN_AT, LAST_SEEN_AT, OF_PROFILE, PERSON_ID, TEXT, WHOLE
from cdp_pipeline.profiles.contacts import ContactStatements, ProfileContacts
from cdp_pipeline.profiles.golden import ATTRIBUTES, CHILD_ATTRIBUTES, Evidence, GoldenValues
from cdp_pipeline.profiles.records import MOST_RECORD_KEYS, named_keys
from cdp_pipeline.profiles.survivorship import Attribute, is_source, says
from cdp_pipeline.values.text_hash import md5_hex


class ProfileValues(TableModel, key=("person_id", "attribute", "value_hash"), foreign_keys=OF_PROFILE):
    """One row per person, attribute of the golden record and distinct value that records say.

    It tells those records, and whether the value won.
    """

    person_id: str = PERSON_ID
    attribute: str = column("The attribute, such as name, gender or primary_phone.", nullable=False)
    value_hash: str = column("MD5 of the value, as keys must be short.", personal=True, nullable=False)
    value: str = column(
        "The value as text, dates as YYYY-MM-DD; of several columns a JSON object without the empty ones.",
        personal=True,
        nullable=False,
    )
    is_winner: bool = column(
        "Whether it is the profile's value: one per attribute, all of an attribute that keeps all values.",
        nullable=False,
    )
    strategy_: str = column("The strategy that decided, such as most_recent.", nullable=False, alias="strategy")
    record_count: int = column("Records that say it; 0 for an address that only messages were sent to.", nullable=False)
    record_key: str = column("The record from which the profile has it; null where it lost, or all values are kept.")
    record_keys: TextList = column(
        f"The records that say it, sorted; the first {MOST_RECORD_KEYS} of them.", nullable=False, json=True
    )
    first_seen_at: Moment = FIRST_SEEN_AT
    last_seen_at: Moment = LAST_SEEN_AT


PROFILE_VALUES = table_of(ProfileValues)

_PHONE, _EMAIL, _ADDRESS = CHILD_ATTRIBUTES
_CONTACTS: Mapping[str, Attribute] = {"phone": _PHONE, "email": _EMAIL}


@dataclass(frozen=True)
class ValueParts:
    """What values are found in: the layers of these names."""

    evidence: LazyFrame[Evidence]
    golden: LazyFrame[GoldenValues]
    statements: LazyFrame[ContactStatements]
    contacts: LazyFrame[ProfileContacts]
    addresses: LazyFrame[ProfileAddresses]


def build_profile_values(parts: ValueParts, attributes: Sequence[Attribute] = ATTRIBUTES) -> LazyFrame[ProfileValues]:
    """One row per person, attribute and distinct value.

    A value that nobody says but sources that may not speak for the attribute is listed and never wins. `record_count`
    counts all records, `record_keys` names the smallest MOST_RECORD_KEYS of them. The record of a primary phone or
    e-mail is, among those that hold it, of the best source, there that of the smallest key.

    Args:
        parts: Evidence and what was chosen of it, contacts and addresses, whose primary ones win.
        attributes: How golden values were chosen.
    """
    values = pl.concat(
        [
            *(_values(parts.evidence, parts.golden, attribute) for attribute in attributes),
            *_values_of_contacts(parts.contacts, parts.statements),
            _values_of_addresses(parts.addresses),
        ]
    )
    hashed = pl.col("value").map_batches(md5_hex, return_dtype=pl.String(), is_elementwise=True)
    return PROFILE_VALUES.conform(values.with_columns(hashed.alias("value_hash")))


def _values(evidence: pl.LazyFrame, chosen: pl.LazyFrame, attribute: Attribute) -> pl.LazyFrame:
    """The values of one attribute that records say, marked by what was chosen of them."""
    names = attribute.column_names
    said = evidence.filter(says(attribute))
    if attribute.is_list:
        said = said.explode(names, empty_as_null=False, keep_nulls=False)
    values = said.group_by("person_id", *names).agg(is_source(attribute).any().alias("may_win"), *_aggregates())
    if attribute.is_list:
        return _finished(values.with_columns(is_winner="may_win", winning_key=pl.lit(None, TEXT)), attribute)
    winners = chosen.select(
        "person_id",
        *(pl.col(name).alias(f"golden_{name}") for name in names),
        pl.col(f"{attribute.name}_record_key").alias("winning_key"),
    )
    is_golden = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"golden_{name}")) for name in names)
    return _finished(values.join(winners, on="person_id", how="left").with_columns(is_winner=is_golden), attribute)


def _aggregates() -> Iterable[pl.Expr]:
    yield named_keys().alias("record_keys")
    yield pl.col("record_count").sum()
    yield pl.col("first_seen_at").min()
    yield pl.col("last_seen_at").max()


def _finished(values: pl.LazyFrame, attribute: Attribute) -> pl.LazyFrame:
    return values.select(
        "person_id",
        pl.lit(attribute.name).alias("attribute"),
        _as_text(attribute).alias("value"),
        "is_winner",
        pl.lit(attribute.strategy).alias("strategy"),
        pl.col("record_count").cast(WHOLE),
        pl.when("is_winner").then("winning_key").alias("record_key"),
        pl.col("record_keys").list.sort().list.head(MOST_RECORD_KEYS),
        "first_seen_at",
        "last_seen_at",
    )


def _as_text(attribute: Attribute) -> pl.Expr:
    names = attribute.column_names
    if len(names) == 1:
        return pl.col(names[0]).cast(pl.String)
    # Within a text every quote is escaped, so that what looks like an empty column is one.
    empty = f'"(?:{"|".join(names)})":null,?'
    return pl.struct(names).struct.json_encode().str.replace_all(empty, "").str.replace(r",\}$", "}")


def _values_of_contacts(contacts: pl.LazyFrame, statements: pl.LazyFrame) -> Iterable[pl.LazyFrame]:
    """One row per phone and e-mail, with the records that hold it: none where only messages were sent to it.

    A message uses an address and says nothing of whose it is.
    """
    for kind, attribute in _CONTACTS.items():
        tiers = {object_type: tier for tier, types in enumerate(attribute.sources) for object_type in types}
        tier = pl.col("object_type").replace_strict(tiers, default=len(attribute.sources), return_dtype=pl.Int8)
        records = (
            statements.filter(pl.col("kind") == kind)
            .group_by("person_id", "value")
            .agg(
                # One text is compared with less work than two columns.
                pl.concat_str(tier, "record_key").min().str.slice(1).alias("winning_key"),
                named_keys().alias("record_keys"),
                pl.col("record_count").sum(),
            )
        )
        held = contacts.filter(pl.col("kind") == kind).drop("record_count")
        said = held.join(records, on=["person_id", "value"], how="left").with_columns(
            pl.col("record_keys").fill_null([]), pl.col("record_count").fill_null(0), is_winner="is_primary"
        )
        yield _finished(said.rename({"value": attribute.name}), attribute)


def _values_of_addresses(addresses: pl.LazyFrame) -> pl.LazyFrame:
    """One row per person and different address."""
    values = addresses.group_by("person_id", *_ADDRESS.column_names).agg(
        pl.col("is_primary").any().alias("is_winner"),
        pl.when("is_primary").then("record_key").max().alias("winning_key"),
        pl.col("record_key").implode().alias("record_keys"),
        pl.len().alias("record_count"),
        pl.col("first_seen_at").min(),
        pl.col("last_seen_at").max(),
    )
    return _finished(values, _ADDRESS)
