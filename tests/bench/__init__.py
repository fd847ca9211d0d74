"""The bench: a seeded database, the real processes, and a floor of bare Django views to hold the pages against.

`bin/bench` runs it. Nothing of it is part of the product: its settings, its addresses and its two tables are its own.
"""
