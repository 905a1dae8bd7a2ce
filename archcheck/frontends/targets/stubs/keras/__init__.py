__version__ = "2.16.0"

from keras.layers import Layer, Model, Sequential
