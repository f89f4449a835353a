"""Synthetic drops: people who do not exist, in the files their source systems would send.

seed -> households (`people`, `names`, `places`) -> where they are known (`presence`) -> records of every entity
(`customers`, `belongings`, `leads`, `shopping`, `mailings`) with their later versions (`stories`) -> rows with flaws
(`flaws`) -> files in every format (`plan`, `text_files`, `table_files`), and beside them who is who (`truth`). `drop`
runs it at any size, `sample` writes the committed `data/raw`. Field names and rules come from `entities`; nothing here
looks into the rooms that read the files.
"""
