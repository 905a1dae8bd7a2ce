"""Functions of numpy are in the tables; what they give to a model is a constant."""


class ndarray:
    pass


pi, e, euler_gamma = 3.141592653589793, 2.718281828459045, 0.5772156649015329
inf, nan, newaxis = float("inf"), float("nan"), None
