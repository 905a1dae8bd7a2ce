"""Hyperparameters (TensorFlow 1's tf.contrib.training.HParams): named values of a model."""


class HParams:
    def __init__(self, hparam_def=None, model_structure=None, **kwargs):
        self._names = []
        for name, value in kwargs.items():
            self.add_hparam(name, value)

    def add_hparam(self, name, value):
        self._names.append(name)
        setattr(self, name, value)

    def set_hparam(self, name, value):
        setattr(self, name, value)

    def del_hparam(self, name):
        delattr(self, name)

    def get(self, key, default=None):
        return getattr(self, key, default)

    def values(self):
        return {name: getattr(self, name) for name in self._names}

    def __contains__(self, key):
        return key in self._names

    def override_from_dict(self, values_dict):
        for name, value in values_dict.items():
            setattr(self, name, value)
        return self

    def parse(self, values):
        for part in values.split(","):
            name, _, text = part.partition("=")
            if name:
                setattr(self, name.strip(), _value(text.strip()))
        return self


def _value(text):
    if text in ("true", "True"):
        return True
    if text in ("false", "False"):
        return False
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text
