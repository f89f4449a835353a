# What other packages import from here; each is loaded at its first use.
from .findings import CONTRADICTIONS as CONTRADICTIONS, AnomalyInputs as AnomalyInputs, find_anomalies as find_anomalies
from .memberships import (
    PROFILE_MEMBERSHIPS as PROFILE_MEMBERSHIPS,
    ProfileMemberships as ProfileMemberships,
    build_profile_memberships as build_profile_memberships,
)
from .photos import (
    PROFILE_CUSTOM_FIELDS as PROFILE_CUSTOM_FIELDS,
    PROFILE_PHOTOS as PROFILE_PHOTOS,
    build_profile_custom_fields as build_profile_custom_fields,
    build_profile_photos as build_profile_photos,
)
from .records import PROFILE_RECORDS as PROFILE_RECORDS, build_profile_records as build_profile_records
from .version_order import LAST_CHANGES as LAST_CHANGES, find_last_changes as find_last_changes
