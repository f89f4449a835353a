# What other packages import from here; each is loaded at its first use.
from .attributes import (
    ATTRIBUTES as ATTRIBUTES,
    CHILD_ATTRIBUTES as CHILD_ATTRIBUTES,
    CORRECTION as CORRECTION,
    EVIDENCE as EVIDENCE,
    GOLDEN_VALUES as GOLDEN_VALUES,
    GoldenValues as GoldenValues,
    build_golden_values as build_golden_values,
    field_of as field_of,
    find_evidence as find_evidence,
)
from .corrections import (
    CORRECTABLE as CORRECTABLE,
    CORRECTIONS as CORRECTIONS,
    PROFILE_CORRECTIONS as PROFILE_CORRECTIONS,
    Corrections as Corrections,
    build_profile_corrections as build_profile_corrections,
    correct_golden_values as correct_golden_values,
    find_corrected as find_corrected,
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
