"""`python pandas_eda.py IN.csv OUT`: the profile and the splits of the EDA step as one writes them in pandas.

Statistics, quantiles, histogram and frequencies of every column, duplicates, a stratified split by a shuffled order,
categories as codes by frequency in training, dates as their parts, three CSV files. No correlations, no target
analysis, no drift, no pictures, no report: what is left out is in its favour.
"""

import json
import sys
from collections.abc import Hashable
from pathlib import Path

import numpy as np
import pandas as pd

POINTS = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]
source, output = map(Path, sys.argv[1:])
table = pd.read_csv(source, na_values=["?", "N/A"])
dates = {
    name: pd.to_datetime(table[name], errors="coerce") for name in table.select_dtypes(["object", "str"])
}
dates = {name: moments for name, moments in dates.items() if moments.notna().mean() > 0.9}
table = table.assign(**dates)

report = {"rows": len(table), "duplicates": int(table.duplicated().sum()), "columns": {}}
for name, column in table.items():
    facts = {"missing": int(column.isna().sum()), "distinct": int(column.nunique())}
    if pd.api.types.is_numeric_dtype(column):
        filled = column.dropna()
        facts |= filled.agg(["min", "max", "mean", "std", "skew", "kurt"]).to_dict()
        facts |= {"zeros": int((filled == 0).sum()), "negatives": int((filled < 0).sum())}
        facts |= {"quantiles": filled.quantile(POINTS).tolist()}
        facts |= {"histogram": [part.tolist() for part in np.histogram(filled, bins=40)]}
    elif name in dates:
        facts |= {"min": str(column.min()), "max": str(column.max())}
    else:
        lengths = column.str.len()
        facts |= {"lengths": [lengths.min(), lengths.mean(), lengths.max()]}
        facts |= {"top": column.value_counts().head(20).to_dict()}
    report["columns"][name] = facts

labelled = table[table["late"].notna()].sample(frac=1.0, random_state=0)
position = labelled.groupby("late").cumcount() / labelled.groupby("late")["late"].transform("size")
split = np.select([position < 0.7, position < 0.9], [0, 1], 2)
features: dict[Hashable, object] = {"late": labelled["late"].astype(int)}
for name, column in labelled.items():
    if name in dates:
        features |= {
            f"{name}_{part}": getattr(column.dt, part) for part in ("month", "day", "hour", "day_of_week")
        }
    elif not pd.api.types.is_numeric_dtype(column):
        levels = column.loc[split == 0].value_counts().index
        codes = pd.Series(np.minimum(np.arange(len(levels)), 254), index=levels)
        features[name] = column.map(codes)
    elif name != "late" and report["columns"][name]["distinct"] > 1:
        features[name] = column
encoded = pd.DataFrame(features)
for code, name in enumerate(("train", "validation", "test")):
    (output / name).mkdir(parents=True, exist_ok=True)
    encoded[split == code].to_csv(output / name / f"{name}.csv", index=False, header=False)
(output / "report.json").write_text(json.dumps(report, default=float))
