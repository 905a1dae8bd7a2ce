from flax import linen, struct
