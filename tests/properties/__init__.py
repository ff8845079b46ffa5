"""What holds for every input, tried on many that hypothesis makes up: the same ones every time, within seconds.

`VIGIE_EXAMPLES=100000 python -m pytest tests/properties` tries as many of each, and new ones.
"""
