"""A file shaped like the one of the notebook that Sendero replaces: pixels with their place and colour.

723,552 rows; X, Y, R, G, B, Grey and, LAST, a label of which 1.6% is positive. (The notebook fed it to the
container as it was, label last: so it never trained.) `python tests/seed_shape.py FILE [ROWS]` writes one.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

ROWS = 723_552
WIDTH = 1_056  # ROWS is 1,056 x 685: a picture, row by row
POSITIVE = 0.016
COLUMNS = ["X", "Y", "R", "G", "B", "Grey", "Label"]


def write_seed_shaped(path: Path, rows: int = ROWS, seed: int = 0) -> int:
    """Write the file and answer its number of positive rows. The same arguments give the same bytes."""
    random = np.random.default_rng(seed)
    place = np.arange(rows)
    x, y = place % WIDTH, place // WIDTH
    height = max(1, int(y[-1]))
    # Ground of slowly changing colour; the objects are reddish blobs on it, blurred by noise.
    ground = 110 + 40 * np.sin(x / 90.0) + 30 * np.cos(y / 70.0)
    centres = random.uniform((0, 0), (WIDTH, height), size=(40, 2))
    nearest = np.min([(x - cx) ** 2 + (y - cy) ** 2 for cx, cy in centres], axis=0)
    score = -np.sqrt(nearest) + random.normal(0, 4, rows)
    # The cut that makes exactly the share positive, whatever the size of the picture.
    positives = max(1, round(rows * POSITIVE))
    label = np.zeros(rows, dtype=np.int8)
    label[np.argpartition(-score, positives - 1)[:positives]] = 1
    colour = [ground + random.normal(0, 18, rows) + shift * label for shift in (35, -10, -15)]
    red, green, blue = (np.clip(np.rint(band), 0, 255).astype(np.int16) for band in colour)
    grey = np.rint(0.299 * red + 0.587 * green + 0.114 * blue).astype(np.int16)
    table = pd.DataFrame(dict(zip(COLUMNS, (x, y, red, green, blue, grey, label), strict=True)))
    table.to_csv(path, index=False)
    return positives


if __name__ == "__main__":
    count = write_seed_shaped(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else ROWS)
    print(f"{sys.argv[1]}: {count:,} positive rows")
