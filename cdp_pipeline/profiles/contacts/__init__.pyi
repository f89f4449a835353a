# What other packages import from here; each is loaded at its first use.
from .consents import (
    CONSENT_COLUMNS as CONSENT_COLUMNS,
    PROFILE_CONSENTS as PROFILE_CONSENTS,
    ProfileConsents as ProfileConsents,
    build_profile_consents as build_profile_consents,
)
from .contact_use import CONTACT_USES as CONTACT_USES, build_contact_uses as build_contact_uses
from .contacts import (
    CONTACT_STATEMENTS as CONTACT_STATEMENTS,
    PROFILE_CONTACTS as PROFILE_CONTACTS,
    STATING as STATING,
    TYPING as TYPING,
    ProfileContacts as ProfileContacts,
    build_contact_statements as build_contact_statements,
    build_profile_contacts as build_profile_contacts,
)
