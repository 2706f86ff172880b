"""The type checker that conftest.py puts into realm_mini: beartype, at ease with NumPy's numbers."""

import numpy as np
from beartype import BeartypeConf, beartype

try:
    from beartype import FrozenDict
except ImportError:  # its name before beartype 0.20
    from beartype import BeartypeHintOverrides as FrozenDict

check = beartype(
    conf=BeartypeConf(hint_overrides=FrozenDict({int: int | np.integer, float: float | int | np.number}))
)
