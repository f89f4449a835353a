"""Current: all staged days of an entity -> the latest version of each record, and its custom fields.

`evidence` says which version is newer, `latest` folds versions attribute by attribute, `custom_fields` folds custom
fields key by key under the senders' protections. What a row means was settled in staging; who is whom is identity's.
"""
