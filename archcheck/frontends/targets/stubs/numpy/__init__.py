"""Functions of numpy are in the tables; what they give to a model is a constant."""


class ndarray:
    pass
