"""Inputs that a fuzzer makes up, led by what they reach in the code: `make fuzz`.

What it finds stays as a file under `cases/` and is an ordinary test from then on.
"""
