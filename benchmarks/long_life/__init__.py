"""A daemon that is left alone with a lively site and everything that goes wrong beside it.

`python -m benchmarks.soak` and `python -m benchmarks.kills` are made of these parts.
"""
