"""descriptions -> pairs of records that are probably one person, each with its score and evidence.

Compares two records by all their attributes: candidate pairs (`candidates.py`), levels of agreement (`comparison.py`),
scores (`model.py`). Links by a shared phone or id alone belong to `links.py`, vetoes to `vetoes.py`, and cutting
clusters to `cuts.py`.
"""
