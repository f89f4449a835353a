"""profiles: persons -> one profile each, and everything known about the person in child tables.

    current records + record_persons -> profile_records, profile_contacts, profile_addresses, ... -> profiles

One module per table, holding its declaration and the pure function that builds it; `pipeline/layers.py` lists them and
what each reads. `tables.py` declares the published tables whose rows other packages make. What a column of a profile is
and which record wins stands in `golden.py`, how one value is chosen from many in `survivorship.py`. No table promises
an order of rows.
"""
