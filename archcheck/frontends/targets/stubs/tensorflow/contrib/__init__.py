from tensorflow.contrib import training
