# What other packages import from here; each is loaded at its first use.
from .gone_leads import (
    LEAD_SCANS as LEAD_SCANS,
    REFUSED_LEADS as REFUSED_LEADS,
    LeadScans as LeadScans,
    RefusedLeads as RefusedLeads,
    find_gone as find_gone,
)
from .lead_conversions import find_named_customers as find_named_customers
from .lead_pets import PROFILE_LEAD_PETS as PROFILE_LEAD_PETS, build_profile_lead_pets as build_profile_lead_pets
from .lead_status_history import (
    PROFILE_LEAD_STATUS_HISTORY as PROFILE_LEAD_STATUS_HISTORY,
    ProfileLeadStatusHistory as ProfileLeadStatusHistory,
    build_profile_lead_status_history as build_profile_lead_status_history,
    derived_status_changes as derived_status_changes,
    lead_names as lead_names,
)
from .leads import (
    PROFILE_LEADS as PROFILE_LEADS,
    ProfileLeads as ProfileLeads,
    build_profile_leads as build_profile_leads,
)
