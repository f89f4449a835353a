"""identity: current records -> persons.

    nodes -> identifiers -> likely pairs -> buckets -> links -> clusters, cut until they hold together -> ids -> records

`resolve.py` runs the steps in order. What needs everybody at once is SQL over files (`nodes.py`, `identifiers.py`,
`matching/`, `graph.py`, `directory.py`); `graph.py` cuts the nodes into buckets that have no bearing on each other, and
`persons.py` resolves one bucket: links from shared identifiers (`links.py`, `holders.py`), from everything that two
records say, weighed (`matching/`), and from a person's word (`overrides.py`). What speaks against them stands in
`agreement.py` and `vetoes.py`, and what is done about it in `cuts.py`. What a person looks like is decided in
`profiles/`.
"""
