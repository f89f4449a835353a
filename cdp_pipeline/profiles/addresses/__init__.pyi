# What other packages import from here; each is loaded at its first use.
from .addresses import (
    ADDRESS_SOURCES as ADDRESS_SOURCES,
    PROFILE_ADDRESSES as PROFILE_ADDRESSES,
    build_profile_addresses as build_profile_addresses,
)
from .households import (
    HOUSEHOLD_EVIDENCE as HOUSEHOLD_EVIDENCE,
    HOUSEHOLD_MEMBERS as HOUSEHOLD_MEMBERS,
    HOUSEHOLDS as HOUSEHOLDS,
    HouseholdEvidence as HouseholdEvidence,
    HouseholdInputs as HouseholdInputs,
    build_household_evidence as build_household_evidence,
    build_household_members as build_household_members,
    build_households as build_households,
)
from .lead_addresses import (
    PROFILE_LEAD_ADDRESSES as PROFILE_LEAD_ADDRESSES,
    build_profile_lead_addresses as build_profile_lead_addresses,
)
from .relationships import (
    PROFILE_RELATIONSHIPS as PROFILE_RELATIONSHIPS,
    build_profile_relationships as build_profile_relationships,
)
