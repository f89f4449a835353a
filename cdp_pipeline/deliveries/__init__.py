"""raw files of one entity and day -> accepted and rejected rows in the lake, and a report whose ledger adds up.

Here belong which days are to be read, their reading, what is held, and the reports that later steps look up. How rows
are read, checked and cleaned stands in `ingest/`, `validation/` and `staging/`; what becomes of them, in `pipeline/`.
"""
