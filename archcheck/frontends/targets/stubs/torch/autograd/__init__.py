from torch import _Context
from torch.autograd.function import Function

Variable = lambda tensor, *args, **kwargs: tensor
no_grad = enable_grad = set_grad_enabled = _Context
