"""reporting: counts of a run -> the page on which a person reads whether today's data can be trusted.

Knows nothing of the lake, of Dagster or of a single record: it is handed numbers and names of rules, never values.
"""
