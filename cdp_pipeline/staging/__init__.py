"""Accepted rows of one day -> clean rows: who they belong to, what they are compared as, which record they are.

The value as sent stays; what is made of it stands beside it (`phone`, `phone_e164`). How one kind of value is cleaned
is in `values/`, which columns are of that kind in `entities/`; types and rejections are behind us in `validation/`.
Which version of a record holds is not decided here but in `current/`.
"""
