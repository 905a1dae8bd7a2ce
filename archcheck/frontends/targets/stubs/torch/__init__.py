"""What torch offers beside functions of tensors. Read by the static front end, never run."""

from torch.nn.parameter import Parameter

__version__ = "2.13.0"
Size = tuple
pi, e, inf, nan, newaxis = 3.141592653589793, 2.718281828459045, float("inf"), float("nan"), None


class _Context:
    """A context manager, and a decorator that changes nothing."""

    def __init__(self, *args, **kwargs):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return None

    def __call__(self, function):
        return function


def _decorator(function=None, *args, **kwargs):
    if function is None or isinstance(function, bool):
        return lambda inner: inner
    return function


def no_grad(function=None):
    return _Context() if function is None else function


enable_grad = no_grad


def inference_mode(mode=True):
    return _Context() if isinstance(mode, bool) else mode


def set_grad_enabled(mode):
    return _Context()


def _check(cond, message=None):
    pass


_check_index = _check_value = _check_type = _check_not_implemented = _check_is_size = _check
_check_tensor_all = _check


def _check_with(error_type, cond, message=None):
    pass


_check_tensor_all_with = _check_with


class autocast(_Context):
    pass


class _Info:
    def __init__(self, dtype=None):
        self.min = -3.4028234663852886e38
        self.max = 3.4028234663852886e38
        self.eps = 1.1920928955078125e-07
        self.tiny = 1.1754943508222875e-38
        self.bits = 32


finfo = iinfo = _Info


class Generator:
    def __init__(self, device=None):
        pass

    def manual_seed(self, seed):
        return self


class device:
    def __init__(self, type="cpu", index=None):
        self.type = type
        self.index = index

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return None


compile = _decorator


def vmap(function, *args, **kwargs):
    return function


def is_grad_enabled():
    return True


def is_autocast_enabled(device_type=None):
    return False


def is_inference_mode_enabled():
    return False


def is_tensor(obj):
    return __archcheck_is_tensor__(obj)


def overrides_has_torch_function(*args):
    return False


def manual_seed(seed):
    return None


def get_default_dtype():
    return float32


def is_floating_point(input):
    return True


def is_complex(input):
    return False


def _assert(condition, message):
    return None


def broadcast_tensors(*tensors):
    return tensors


def atleast_1d(tensor):
    return tensor


def meshgrid(*tensors, indexing=None):
    return tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else tensors


def cond(pred, true_fn, false_fn, operands=()):
    return true_fn(*operands) if __archcheck_whether__(pred) else false_fn(*operands)


def get_autocast_gpu_dtype(device_type=None):
    return float32


get_autocast_dtype = get_autocast_gpu_dtype
