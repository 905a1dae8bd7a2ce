"""What jax.numpy offers beside functions of arrays. Read by the static front end, never run."""


class finfo:
    def __init__(self, dtype=None):
        self.min = -3.4028235e38
        self.max = 3.4028235e38
        self.eps = 1.1920929e-07
        self.tiny = 1.1754944e-38


iinfo = finfo
