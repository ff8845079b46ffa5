"""The size of a measurement, as asked for on the command line, or as small as still runs all of it (`--tiny`)."""

import argparse


def read_sizes(parser: argparse.ArgumentParser, **tiny: float) -> argparse.Namespace:
    """What was asked, with `tiny` added to the options; where it was given, those options have these values.

    `sizes` of what comes back holds the options that make the size, for the record.
    """
    parser.add_argument("--tiny", action="store_true", help="only show that it still runs; its figures say nothing")
    asked = parser.parse_args()
    if asked.tiny:
        vars(asked).update(tiny)
    asked.sizes = {name: value for name in tiny if (value := getattr(asked, name)) is not None}
    return asked
