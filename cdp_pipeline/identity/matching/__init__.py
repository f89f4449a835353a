"""descriptions -> pairs of records that are probably one person, each with its score and what it is made of.

Here belongs what compares two records by everything they say: which pairs are looked at (`candidates.py`), how they
agree attribute by attribute (`comparison.py`), and what that is worth (`model.py`). What a shared phone or id alone
proves stands in `links.py`; what can never be one person in `vetoes.py`; whether a cluster holds together in `cuts.py`.
"""
