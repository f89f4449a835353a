"""households: people who share a home or a phone, their members, and the evidence.

    profile_contacts + profile_addresses + profile_records + skipped_identifiers -> household_evidence
    household_evidence -> household_members, households

A household is a guess for readers, who may want to write to only one of its members; no decision about a person uses
it. `homes.py` defines which address is a home.
"""

from dataclasses import dataclass

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.entities.kinds import TextList, Timestamp
from cdp_pipeline.entities.table import ForeignKey, TableModel, column, table_of
from cdp_pipeline.identity import SkippedIdentifiers
from cdp_pipeline.profiles.addresses.addresses import ProfileAddresses
from cdp_pipeline.profiles.addresses.homes import find_shared_homes
from cdp_pipeline.profiles.contacts.contacts import ProfileContacts
from cdp_pipeline.profiles.records.records import ProfileRecords
from cdp_pipeline.profiles.shared_columns import INTERNAL_COMPANY_ID, OF_PROFILE, PERSON_ID
from cdp_pipeline.values.components import find_components
from cdp_pipeline.values.hashes import md5_hex

MOST_MEMBERS = 8
"""Most people of a household, and most holders of a home or phone that counts as evidence.

Three generations in one home, and the same limit as for a family's phone in identity. More holders of a phone are a
shop or a call centre, more people at an address a dormitory or a house whose flats were not recorded.
"""

SHARED_ADDRESS, SHARED_PHONE = "shared_address", "shared_phone"

_HOUSEHOLD_ID = column(
    "The household; derived from its smallest person id, so it changes if that person leaves.",
    nullable=False,
)
_OF_HOUSEHOLD = (ForeignKey(("household_id",), "households", ("household_id",)),)


class Households(TableModel, key=("household_id",)):
    """One row per household: people of one company who share a home or a phone, directly or through each other."""

    household_id: str = _HOUSEHOLD_ID
    internal_company_id: str = INTERNAL_COMPANY_ID
    member_count: int = column(f"People in it, 2 to {MOST_MEMBERS}.", nullable=False)
    has_shared_address: bool = column("Whether members share a home.", nullable=False)
    has_shared_phone: bool = column("Whether members share a phone.", nullable=False)
    address: str = column("The home most members share, then the one seen last, as last spelled.", personal=True)


HOUSEHOLDS = table_of(Households)


class HouseholdMembers(
    TableModel, key=("person_id",), foreign_keys=(*OF_PROFILE, *_OF_HOUSEHOLD), indexes=(("household_id",),)
):
    """One row per person in a household; a person is in one at most."""

    household_id: str = _HOUSEHOLD_ID
    person_id: str = PERSON_ID
    evidence: TextList = column(
        "What the person shares with other members: shared_address, shared_phone.", nullable=False, json=True
    )
    household_size: int = column("People in the household, the person included.")


HOUSEHOLD_MEMBERS = table_of(HouseholdMembers)


class HouseholdEvidence(TableModel, key=("household_id", "kind", "evidence_key"), foreign_keys=_OF_HOUSEHOLD):
    """One row per household and home or phone that at least two of its members share."""

    household_id: str = _HOUSEHOLD_ID
    internal_company_id: str = INTERNAL_COMPANY_ID
    kind: str = column("shared_address or shared_phone.", nullable=False)
    evidence_key: str = column("Digest of the value, which may be of any length.", personal=True, nullable=False)
    value: str = column("The phone in E.164 form, or the address as last spelled.", personal=True)
    member_count: int = column("Members who share it.", nullable=False)
    person_ids: TextList = column("Their person ids, sorted.", nullable=False, json=True)
    last_seen_at: Timestamp = column("When it was last seen with one of them.")


HOUSEHOLD_EVIDENCE = table_of(HouseholdEvidence)


class HouseholdSummary(TableModel):
    """The household columns of a profile, as `summarize_households` returns them."""

    household_id: str = column("The person's household; null for people who share no home and no phone.")
    household_size: int = column("People in it, the person included.")


# The scopes of skipped identifiers that are not a company id: records without a company, and all companies.
_NO_COMPANY, _EVERY_COMPANY = "-", "*"


@dataclass(frozen=True)
class HouseholdInputs:
    """Inputs for households.

    Attributes:
        contacts: `profile_contacts`.
        addresses: `profile_addresses`.
        records: `profile_records`, for the internal company of each person: the smallest of several.
        skipped_identifiers: `scope`, `kind` and `value` of placeholders and of identifiers that too many people hold.
    """

    contacts: LazyFrame[ProfileContacts]
    addresses: LazyFrame[ProfileAddresses]
    records: LazyFrame[ProfileRecords]
    skipped_identifiers: LazyFrame[SkippedIdentifiers]


def build_household_evidence(inputs: HouseholdInputs) -> LazyFrame[HouseholdEvidence]:
    """One row per household, and home or phone that at least two of its members share; every member is in one.

    A household is 2 to MOST_MEMBERS people of one internal company:

    1. Connect people who share a home or a phone, directly or through others.
    2. In components of more than MOST_MEMBERS people connect by homes only, as phones are lent and passed on sooner.
    3. Components of homes that are still larger are no household.

    A phone that did not connect people is still evidence if two members of one household share it.
    """
    held = _shared(inputs)
    people = held.select("person_id").unique().sort("person_id").with_row_index("person")
    edges = (
        held.join(people.select(a="person", first="person_id"), on="first")
        .join(people.select(b="person", person_id="person_id"), on="person_id")
        .select("a", "b", "kind")
    )
    by_any = _sized(people, edges)
    too_many = by_any.filter(pl.col("size") > MOST_MEMBERS).select("person")
    homes = edges.filter(pl.col("kind") == SHARED_ADDRESS).join(too_many, left_on="b", right_on="person", how="semi")
    by_home = _sized(people, homes).join(too_many, on="person", how="semi")
    households = pl.concat([by_any, by_home]).filter(pl.col("size").is_between(2, MOST_MEMBERS))
    smallest = households.group_by("component").agg(pl.col("person_id").min().alias("smallest"))
    named = smallest.with_columns(("H" + md5_hex(smallest["smallest"]).str.head(20)).alias("household_id"))
    # No person is in both: by_home has only people of components that are too large.
    members = households.join(named, on="component").select("person_id", "household_id")
    newest_first = held.join(members, on="person_id").sort(
        "last_seen_at", "text", descending=[True, False], nulls_last=True
    )
    evidence = (
        newest_first.group_by("household_id", "shared_id")
        .agg(
            pl.col("internal_company_id", "kind", "value").first(),
            pl.col("text").first(),
            pl.len().alias("member_count"),
            pl.col("person_id").sort().alias("person_ids"),
            pl.col("last_seen_at").max(),
        )
        .filter(pl.col("member_count") > 1)
    )
    key = md5_hex(evidence["value"]).alias("evidence_key")
    return HOUSEHOLD_EVIDENCE.conform(evidence.with_columns(key, pl.col("text").alias("value")).lazy())


def build_household_members(evidence: LazyFrame[HouseholdEvidence]) -> LazyFrame[HouseholdMembers]:
    """One row per person of `household_evidence`, with the kinds of evidence that list the person."""
    return HOUSEHOLD_MEMBERS.conform(
        evidence.select("household_id", "kind", pl.col("person_ids").alias("person_id"))
        .explode("person_id", empty_as_null=False)
        .group_by("household_id", "person_id")
        .agg(pl.col("kind").unique().sort().alias("evidence"))
        .with_columns(household_size=pl.len().over("household_id"))
    )


def build_households(evidence: LazyFrame[HouseholdEvidence]) -> LazyFrame[Households]:
    """One row per household of `household_evidence`."""
    best_first = evidence.sort(
        pl.col("kind") == SHARED_PHONE,
        "member_count",
        "last_seen_at",
        "evidence_key",
        descending=[False, True, True, False],
        nulls_last=True,
    )
    is_home = pl.col("kind") == SHARED_ADDRESS
    return HOUSEHOLDS.conform(
        best_first.group_by("household_id").agg(
            pl.col("internal_company_id").first(),
            pl.col("person_ids").list.explode().n_unique().alias("member_count"),
            is_home.any().alias("has_shared_address"),
            (~is_home).any().alias("has_shared_phone"),
            pl.col("value").filter(is_home).first().alias("address"),
        )
    )


def summarize_households(members: pl.LazyFrame) -> pl.LazyFrame:
    """One row per person of `household_members`: the columns of HouseholdSummary."""
    return members.select("person_id", "household_id", "household_size")


def _shared(inputs: HouseholdInputs) -> pl.DataFrame:
    """One row per person and home or phone that 2 to MOST_MEMBERS people of the company hold.

    Columns: shared_id (a number per home or phone), internal_company_id, person_id, kind, value (in compared form),
    text (in displayed form), last_seen_at, first (the holder with the smallest person id).
    """
    companies = _Companies.of_records(inputs.records)
    values = pl.concat(
        [
            _phones(inputs.contacts, companies, inputs.skipped_identifiers).with_columns(kind=pl.lit(SHARED_PHONE)),
            find_shared_homes(companies.beside(inputs.addresses)).with_columns(kind=pl.lit(SHARED_ADDRESS)),
        ],
        how="diagonal",
    ).collect()
    held = (
        values.group_by("internal_company_id", "kind", "value")
        .agg(pl.len().alias("holders"), pl.col("person_id").min().alias("first"))
        .filter(pl.col("holders").is_between(2, MOST_MEMBERS))
        .drop("holders")
        .with_row_index("shared_id")
    )
    return values.join(held, on=["internal_company_id", "kind", "value"], nulls_equal=True)


@dataclass(frozen=True)
class _Companies:
    """The internal company of each person: the most frequent one, except for people with records of others.

    Records without a company count as others. The exceptions are few, so the records of all people need not be grouped.
    """

    usual: str | None
    others: pl.DataFrame

    @classmethod
    def of_records(cls, records: pl.LazyFrame) -> "_Companies":
        company = pl.col("internal_company_id")
        usual = records.select(company.drop_nulls().mode().min()).collect().item()
        pairs = records.select("person_id", company)
        is_usual = company.eq_missing(pl.lit(usual, pl.String))
        elsewhere = pairs.filter(~is_usual).unique().collect()
        too = pairs.filter(is_usual, pl.col("person_id").is_in(elsewhere["person_id"].implode())).unique().collect()
        known = pl.concat([elsewhere, too])
        return cls(usual, known.group_by("person_id").agg(company.min()))

    def beside(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Set `internal_company_id` to that of the person."""
        others = self.others.lazy().with_columns(is_other=pl.lit(value=True))
        is_usual = pl.col("is_other").is_null()
        company = pl.when(is_usual).then(pl.lit(self.usual, pl.String)).otherwise("internal_company_id")
        return (
            rows.drop("internal_company_id", strict=False)
            .join(others, on="person_id", how="left")
            .with_columns(company.alias("internal_company_id"))
            .drop("is_other")
        )


def _phones(contacts: pl.LazyFrame, companies: _Companies, skipped: pl.LazyFrame) -> pl.LazyFrame:
    """One row per person and phone that is not skipped, for phones with several holders of any company."""
    phones = skipped.filter(pl.col("kind") == "phone")
    everywhere = phones.filter(pl.col("scope") == _EVERY_COMPANY).select("value")
    held = contacts.filter(pl.col("kind") == "phone").select("person_id", "value", "last_seen_at")
    several = held.group_by("value").len().filter(pl.col("len") > 1)
    shared = held.join(several, on="value", how="semi").join(everywhere, on="value", how="anti")
    return (
        companies.beside(shared)
        .with_columns(scope=pl.col("internal_company_id").fill_null(_NO_COMPANY), text="value")
        .join(phones.select("scope", "value"), on=["scope", "value"], how="anti")
        .drop("scope")
    )


def _sized(people: pl.DataFrame, edges: pl.DataFrame) -> pl.DataFrame:
    """The people with their component and its size."""
    components = people.with_columns(component=find_components(edges, people.height))
    return components.with_columns(size=pl.len().over("component"))
