"""XGBoost, imported without scikit-learn: the modules of this package take it from here.

XGBoost imports scikit-learn where it finds it (the SageMaker SDK brings it along), for classes that nothing here uses:
a second of each job. It is out of XGBoost's reach only while that is imported, so that anybody else in the process may
still import it.
"""

from __future__ import annotations

import sys

__all__ = ["callback", "find_lib_path", "xgb"]

_is_free = "sklearn" not in sys.modules
if _is_free:
    sys.modules["sklearn"] = None  # pyright: ignore[reportArgumentType]  None makes an import fail, by the language
try:
    import xgboost as xgb
    from xgboost import callback
    from xgboost.libpath import find_lib_path
finally:
    if _is_free:
        del sys.modules["sklearn"]
