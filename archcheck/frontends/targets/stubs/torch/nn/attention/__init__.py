from torch import _Context

sdpa_kernel = _Context
