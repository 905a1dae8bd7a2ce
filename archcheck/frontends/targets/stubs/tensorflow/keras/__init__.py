from keras import Model, Sequential, layers
from keras import activations
from keras.layers import Layer
