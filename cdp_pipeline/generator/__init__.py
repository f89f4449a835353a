"""Synthetic data sets: people who do not exist, in the files their source systems would send.

seed -> households (`people`, `names`, `places`) -> where they are known (`presence`) -> records of every entity
(`customers`, `belongings`, `leads`, `shopping`, `mailings`) with their later versions (`stories`) -> rows with flaws
(`flaws`) -> files in every format (`plan`, `text_files`, `table_files`), with the true persons (`truth`). `dataset`
runs it at any size, `sample` writes the committed `data/raw`. Field names and rules come from `entities`; nothing here
imports the packages that read the files.
"""
