"""Our side of a workbook's row: its rows read and checked by a contract, written with what a model said of each."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import numpy as np

from core.encoding.contract import Column, Contract, Label
from core.encoding.rows import encode_file
from core.predictions import write_predictions

source, target = map(Path, sys.argv[1:])
contract = Contract(
    Label("late", "regression"),
    (Column("distance", "numeric", features={"distance": "number"}, minimum=0.0, maximum=5000.0),),
)
with closing(encode_file(contract, source)) as encoded:
    write_predictions(contract, encoded, np.full(int(encoded.accepted.sum()), 0.5), target)
