"""One normaliser per kind of value: phone, e-mail, person name, identity number, country; masks, hashes, components.

Spelling as sent -> the one form in which two values are compared. Everything here is a pure function of texts
and knows no entity and no table; which column holds which kind is declared in `entities/`, and the rooms that
apply the normalisers are `validation/` (may this contact be accepted?) and `staging/` (what is it compared as?).
Each works on distinct values where that is cheaper, and gives null for a value that cannot be used.
"""
