# What other packages import from here; each is loaded at its first use.
from .attributes import (
    ATTRIBUTES as ATTRIBUTES,
    CHILD_ATTRIBUTES as CHILD_ATTRIBUTES,
    EVIDENCE as EVIDENCE,
    GOLDEN_VALUES as GOLDEN_VALUES,
    build_golden_values as build_golden_values,
    find_evidence as find_evidence,
)
from .profiles import (
    PROFILES as PROFILES,
    ProfileParts as ProfileParts,
    Profiles as Profiles,
    build_profiles as build_profiles,
)
from .survivorship import Attribute as Attribute
from .survivorship_file import read_survivorship as read_survivorship
from .values import (
    PROFILE_VALUES as PROFILE_VALUES,
    ProfileValues as ProfileValues,
    ValueParts as ValueParts,
    build_profile_values as build_profile_values,
)
