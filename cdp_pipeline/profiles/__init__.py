"""Profiles: one golden record per person, with child tables for everything known about the person.

    current records + record_persons -> profile_records, profile_contacts, profile_addresses, ... -> profiles

One module per table, with its declaration and the pure function that builds it. `pipeline/layers.py` lists the tables
and their inputs. `tables.py` declares the published tables whose rows other packages build. `golden.py` declares the
columns of a profile and which records supply them, `survivorship.py` chooses one value from many. No table guarantees
an order of rows.
"""
