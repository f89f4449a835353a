"""identity: current records -> persons.

    nodes -> identifiers -> links -> clusters, cut until they hold together -> person ids -> every record attached

`resolve.py` runs the steps in order; each is a pure function over declared tables. Links come from shared
identifiers (`links.py`, `holders.py`), from everything that two records say, weighed (`matching/`), and from a person's
word (`overrides.py`). What speaks against them stands in `agreement.py` and `vetoes.py`, and what is done about it in
`cuts.py`. What a person looks like is decided in `profiles/`.
"""
