__version__ = "2.16.0"

from keras import Layer, Model, Sequential, activations, layers
