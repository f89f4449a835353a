"""Alembic's folder: `versions/` holds one module per revision of the published schema, oldest first.

A revision is a record: it is written once, by `make migration m="what changes"`, and never edited after a release, nor
does it import anything of ours. Comments are left out, as publishing makes them those of the declarations. There is no
way down: an older program does not open a newer database. How a database comes to the newest revision stands in
`cdp_pipeline/serving/migrate.py`, how a revision is written in `cdp_pipeline/serving/drafting.py`.
"""
