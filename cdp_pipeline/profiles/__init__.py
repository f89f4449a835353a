"""Profiles: one golden record per person, with child tables for everything known about the person.

    current records + record_persons -> profile_records, profile_contacts, profile_addresses, ... -> profiles

A package per subject: `records/`, `contacts/` (with consents), `addresses/` (with households), `leads/`,
`activities/`, `dimensions/`, and `golden/`, which chooses the values of the profile. A module is a table, with its
declaration and the pure function that builds it; `pipeline/layers.py` lists all of them with their inputs.
`tables.py` declares the published tables whose rows other packages build. No table guarantees an order of rows.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
