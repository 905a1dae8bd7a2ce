"""What the layers of torch.nn compute. Read by the static front end, never run.

Signatures: the documentation of torch.nn. `Module`'s tree, `Module.__call__` and `Parameter` are native.
"""

from torch.nn.parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter
from torch.nn._activation import (
    CELU, ELU, GELU, GLU, SELU, Hardshrink, Hardsigmoid, Hardswish, Hardtanh, LeakyReLU, LogSigmoid, LogSoftmax, Mish,
    PReLU, ReLU, ReLU6, RReLU, Sigmoid, SiLU, Softmax, Softmax2d, Softmin, Softplus, Softshrink, Softsign, Tanh,
    Tanhshrink, Threshold,
)
from torch.nn._attention import MultiheadAttention
from torch.nn._containers import ModuleDict, ModuleList, ParameterDict, ParameterList, Sequential
from torch.nn._convolution import (
    Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, Fold, LazyConv1d, LazyConv2d,
    LazyConv3d, LazyConvTranspose1d, LazyConvTranspose2d, LazyConvTranspose3d, Unfold,
)
from torch.nn._linear import Bilinear, Embedding, EmbeddingBag, Identity, LazyLinear, Linear
from torch.nn._loss import (
    BCELoss, BCEWithLogitsLoss, CosineEmbeddingLoss, CrossEntropyLoss, CTCLoss, HuberLoss, KLDivLoss, L1Loss, MSELoss,
    NLLLoss, SmoothL1Loss,
)
from torch.nn._module import Module
from torch.nn._norm import (
    BatchNorm1d, BatchNorm2d, BatchNorm3d, CrossMapLRN2d, GroupNorm, InstanceNorm1d, InstanceNorm2d, InstanceNorm3d,
    LayerNorm, LazyBatchNorm1d, LazyBatchNorm2d, LazyBatchNorm3d, LocalResponseNorm, RMSNorm, SyncBatchNorm,
)
from torch.nn._pooling import (
    AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d, AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d,
    AvgPool1d, AvgPool2d, AvgPool3d, LPPool1d, LPPool2d, MaxPool1d, MaxPool2d, MaxPool3d,
)
from torch.nn._recurrent import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell
from torch.nn._shape import (
    AlphaDropout, ChannelShuffle, ConstantPad1d, ConstantPad2d, ConstantPad3d, CosineSimilarity, Dropout, Dropout1d,
    Dropout2d, Dropout3d, FeatureAlphaDropout, Flatten, PairwiseDistance, PixelShuffle, PixelUnshuffle, ReflectionPad1d,
    ReflectionPad2d, ReflectionPad3d, ReplicationPad1d, ReplicationPad2d, ReplicationPad3d, Unflatten, Upsample,
    UpsamplingBilinear2d, UpsamplingNearest2d, ZeroPad1d, ZeroPad2d, ZeroPad3d,
)

DataParallel = lambda module, *args, **kwargs: module
