from keras.layers import Layer, Model, Sequential
