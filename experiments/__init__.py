"""The paper's tables in miniature: rows to train, what they answered, error bars, tables.

``python -m experiments run NAME`` trains a row of a table for one or more seeds and writes
``experiments/results/NAME.json``; ``python -m experiments tables`` makes the tables of these files.  A row
is a file in ``experiments/configs``.
"""
