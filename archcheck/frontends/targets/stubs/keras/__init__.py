from keras.layers import Layer
from keras.layers import Model, Sequential
