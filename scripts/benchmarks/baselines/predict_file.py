"""A file of raw rows to predictions in one process: read, encode, predict, write, with the model at hand.

predict_file.py CONTRACT.json MODEL ROWS.csv OUTPUT.csv
"""

import io
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import xgboost as xgb

from core.encoding.contract import Contract
from core.encoding.rows import encode_file
from core.predictions import write_predictions

contract, model, rows, output = map(Path, sys.argv[1:])
booster = xgb.Booster(model_file=model)
with closing(encode_file(Contract.read(contract), rows)) as encoded:
    answers = [
        booster.predict(xgb.DMatrix(pd.read_csv(io.BytesIO(part), header=None).to_numpy("float32")))
        for part in encoded.chunks(1 << 23)
    ]
    write_predictions(Contract.read(contract), encoded, np.concatenate(answers), output)
