"""identity: current records -> persons.

    nodes -> identifiers -> likely pairs -> buckets -> links -> clusters, cut until they hold together -> ids -> records

`resolve.py` runs the steps in order. Steps over all records are SQL over files (`nodes.py`, `identifiers.py`,
`matching/`, `graph.py`, `directory.py`). `graph.py` divides the nodes into independent buckets, and `persons.py`
resolves one bucket. Links come from shared identifiers (`links.py`, `holders.py`), from the score of two records
(`matching/`) and from operators' decisions (`overrides.py`). `agreement.py` and `vetoes.py` find contradictions, and
`cuts.py` cuts the clusters that contain one. The attributes of a person are chosen in `profiles/`.
"""
