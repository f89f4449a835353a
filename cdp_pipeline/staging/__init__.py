"""Staging: accepted rows of one day -> cleaned rows with their namespace, normalised values and record key.

The value as sent stays; its normalised form is added beside it (`phone`, `phone_e164`). `values/` normalises each kind
of value, `entities/` declares which columns are of that kind. `validation/` has typed the rows and rejected invalid
ones; `current/` decides which version of a record is the latest.
"""
