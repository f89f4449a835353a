"""profile_values: the values of the attributes on which a person's records disagree.

    evidence + golden_values + profile_corrections + contact_statements + profile_contacts + profile_addresses
        -> profile_values

`attributes.py` declares the attributes and how they are chosen. An attribute with a single value has no row here: the
profile has the value, with the key of its record (`<attribute>_record_key`; of phones and e-mails in
`profile_contacts`, of addresses in `profile_addresses`). A value that was corrected on request stands beside those that
records state.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.entities.kinds import TextList, Timestamp
from cdp_pipeline.entities.table import TableModel, column, table_of
from cdp_pipeline.profiles.addresses.addresses import ProfileAddresses
from cdp_pipeline.profiles.contacts.contacts import ContactStatements, ProfileContacts
from cdp_pipeline.profiles.golden.attributes import (
    ATTRIBUTES,
    CHILD_ATTRIBUTES,
    CORRECTION,
    Evidence,
    GoldenValues,
)
from cdp_pipeline.profiles.golden.corrections import ProfileCorrections, corrected_evidence
from cdp_pipeline.profiles.golden.survivorship import Attribute, has_value
from cdp_pipeline.profiles.records.records import MOST_RECORD_KEYS, named_keys
from cdp_pipeline.profiles.shared_columns import FIRST_SEEN_AT, LAST_SEEN_AT, OF_PROFILE, PERSON_ID, WHOLE
from cdp_pipeline.values.hashes import md5_hex

CORRECTED = "correction"
"""The strategy of an attribute that was corrected on request."""


class ProfileValues(TableModel, key=("person_id", "attribute", "value_hash"), foreign_keys=OF_PROFILE):
    """One row per person, contested attribute and value, with the records that state it and whether it won.

    An attribute is contested if the person's records state different values; any other has only the profile's value.
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
    strategy_: str = column(
        f"The strategy that decided, such as most_recent; {CORRECTED} where it was corrected on request.",
        nullable=False,
        alias="strategy",
    )
    record_count: int = column(
        "Records that state it; 0 for an address that only messages use, and for a corrected value.", nullable=False
    )
    record_key: str = column(
        f"The record that the profile has it from, or `{CORRECTION}` and the request that corrected it; null where it "
        "lost, or all values are kept."
    )
    record_keys: TextList = column(
        f"The records that state it, sorted; the first {MOST_RECORD_KEYS} of them.", nullable=False, json=True
    )
    first_seen_at: Timestamp = FIRST_SEEN_AT
    last_seen_at: Timestamp = LAST_SEEN_AT


PROFILE_VALUES = table_of(ProfileValues)

_PHONE, _EMAIL, _ADDRESS = CHILD_ATTRIBUTES
_CONTACTS: Mapping[str, Attribute] = {"phone": _PHONE, "email": _EMAIL}


@dataclass(frozen=True)
class ValueParts:
    """The tables from which values are built, by layer name."""

    evidence: LazyFrame[Evidence]
    golden: LazyFrame[GoldenValues]
    corrections: LazyFrame[ProfileCorrections]
    statements: LazyFrame[ContactStatements]
    contacts: LazyFrame[ProfileContacts]
    addresses: LazyFrame[ProfileAddresses]


def build_profile_values(parts: ValueParts, attributes: Sequence[Attribute] = ATTRIBUTES) -> LazyFrame[ProfileValues]:
    """One row per person, contested attribute and distinct value.

    An attribute of a person is contested if a record has another value than the profile. Values are compared in the
    form that the profile shows, all columns of the attribute together: null differs from a text, and so does another
    spelling. Every element of a list is a value, and two elements are contested, although all are kept. Phones, e-mails
    and addresses are contested if their table lists different ones, even if only messages were sent to one.

    A value that only sources state which may not supply the attribute is listed and never wins. `record_count` counts
    all records, `record_keys` lists the smallest MOST_RECORD_KEYS of them. A corrected value has no records of its own;
    where the correction is that there is none, all values have lost.

    Args:
        parts: Evidence, golden values, corrections, contacts and addresses; primary contacts and addresses win.
        attributes: How golden values were chosen.
    """
    corrected = corrected_evidence(parts.golden, parts.corrections, attributes)
    evidence = _beside_golden(pl.concat([parts.evidence, corrected], how="diagonal"), parts.golden)
    values = pl.concat(
        [
            *(_values(evidence, attribute) for attribute in attributes),
            *_values_of_contacts(parts.contacts, parts.statements),
            _values(_address_evidence(parts.addresses), _ADDRESS),
        ]
    )
    hashed = pl.col("value").map_batches(md5_hex, return_dtype=pl.String(), is_elementwise=True)
    return PROFILE_VALUES.conform(values.with_columns(hashed.alias("value_hash")))


def _beside_golden(evidence: pl.LazyFrame, chosen: pl.LazyFrame) -> pl.LazyFrame:
    """The evidence, with the values of the person's profile in columns `<column>_golden`, and its record keys."""
    return evidence.join(chosen, on="person_id", how="left", suffix="_golden")


def _values(stated: pl.LazyFrame, attribute: Attribute) -> pl.LazyFrame:
    """The distinct values of one attribute, for people for whom it is contested."""
    names = attribute.column_names
    stated = stated.filter(has_value(attribute))
    # Contested people first: they are few, and grouping is expensive.
    contested = stated.filter(_differs(attribute)).select("person_id").unique()
    stated = stated.join(contested, on="person_id", how="semi")
    if attribute.is_list:
        stated = stated.explode(names, empty_as_null=False, keep_nulls=False)
    values = stated.group_by("person_id", *names).agg(
        (_is_listed(attribute).any() if attribute.is_list else _is_golden(attribute).first()).alias("is_winner"),
        pl.col(attribute.record_key_column).first().alias("winning_key"),
        named_keys().alias("record_keys"),
        pl.col("record_count").sum(),
        pl.col("first_seen_at").min(),
        pl.col("last_seen_at").max(),
    )
    return _finished(values, attribute)


def _is_golden(attribute: Attribute) -> pl.Expr:
    """Whether a row has the value of the profile."""
    return pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}_golden")) for name in attribute.column_names)


def _is_listed(attribute: Attribute) -> pl.Expr:
    """Whether the profile's list has the value of a row."""
    (name,) = attribute.column_names
    return pl.col(name).is_in(pl.col(f"{name}_golden").fill_null([]))


def _differs(attribute: Attribute) -> pl.Expr:
    """Whether a row shows that the attribute of its person is contested."""
    if not attribute.is_list:
        return ~_is_golden(attribute)
    (name,) = attribute.column_names
    golden = pl.col(f"{name}_golden").fill_null([])
    return (golden.list.len() > 1) | (pl.col(name).list.set_difference(golden).list.len() > 0)


def _finished(values: pl.LazyFrame, attribute: Attribute) -> pl.LazyFrame:
    names_record = pl.col("is_winner") & pl.lit(not attribute.is_list)
    return values.select(
        "person_id",
        pl.lit(attribute.name).alias("attribute"),
        _as_text(attribute).alias("value"),
        "is_winner",
        pl.when(pl.col("winning_key").str.starts_with(CORRECTION))
        .then(pl.lit(CORRECTED))
        .otherwise(pl.lit(attribute.strategy))
        .alias("strategy"),
        pl.col("record_count").cast(WHOLE),
        pl.when(names_record).then("winning_key").alias("record_key"),
        pl.col("record_keys").list.drop_nulls().list.sort().list.head(MOST_RECORD_KEYS),
        "first_seen_at",
        "last_seen_at",
    )


def _as_text(attribute: Attribute) -> pl.Expr:
    names = attribute.column_names
    if len(names) == 1:
        return pl.col(names[0]).cast(pl.String)
    # Quotes within texts are escaped, so the pattern matches only empty columns.
    empty = f'"(?:{"|".join(names)})":null,?'
    return pl.struct(names).struct.json_encode().str.replace_all(empty, "").str.replace(r",\}$", "}")


def _values_of_contacts(contacts: pl.LazyFrame, statements: pl.LazyFrame) -> Iterable[pl.LazyFrame]:
    """One row per phone and e-mail of people with several, with the records that state it.

    No record is listed where only messages use it: a message does not state who holds an address.
    """
    several = contacts.filter(pl.len().over("person_id", "kind") > 1).drop("record_count")
    records = (
        statements.join(several, on=["person_id", "kind", "value"], how="semi")
        .group_by("person_id", "kind", "value")
        .agg(named_keys().alias("record_keys"), pl.col("record_count").sum())
    )
    stated = several.join(records, on=["person_id", "kind", "value"], how="left").with_columns(
        pl.col("record_keys").fill_null([]),
        pl.col("record_count").fill_null(0),
        is_winner="is_primary",
        winning_key="record_key",
    )
    for kind, attribute in _CONTACTS.items():
        yield _finished(stated.filter(pl.col("kind") == kind).rename({"value": attribute.name}), attribute)


def _address_evidence(addresses: pl.LazyFrame) -> pl.LazyFrame:
    """The addresses of records as rows of evidence, beside the golden one of their person."""
    names = _ADDRESS.column_names
    primary = pl.col("record_key").alias(_ADDRESS.record_key_column)
    stated = addresses.with_columns(record_count=pl.lit(1, WHOLE), further_record_keys=pl.lit(None, pl.List(pl.String)))
    return _beside_golden(stated, addresses.filter("is_primary").select("person_id", *names, primary))
