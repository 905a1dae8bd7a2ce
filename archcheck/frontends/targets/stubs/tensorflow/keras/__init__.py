from keras import Model, Sequential, activations, layers
from keras.layers import Layer
