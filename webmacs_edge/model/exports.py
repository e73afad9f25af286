"""Words of exports that the command line, the API and the formats share."""

from enum import StrEnum

FORMAT_NAMES = ("csv", "wide", "jsonl", "npz", "parquet", "sqlite")


class Reduce(StrEnum):
    """What becomes of the samples of one step."""

    mean = "mean"
    last = "last"
    min = "min"
    max = "max"
