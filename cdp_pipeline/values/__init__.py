"""Values: one normaliser per kind (phone, e-mail, person name, document number, country), masks, hashes, components.

Spelling as sent -> the one form in which two values are compared. Everything here is a pure function of texts and knows
no entity and no table. `entities/` declares the kind of each column; `validation/` (may this contact be accepted?) and
`staging/` (what is its compared form?) apply the normalisers. Each works on distinct values where that is cheaper, and
returns null for an unusable value.
"""
