import torch


def reduce(tensor, pattern, reduction, **axes):
    if reduction == "mean":
        return torch.mean(tensor, dim=-1)
    if reduction == "sum":
        return torch.sum(tensor, dim=-1)
    if reduction in ("max", "min"):
        return torch.amax(tensor, dim=-1)
    return reduction(tensor, -1)


def pack(tensors, pattern):
    if len(tensors) == 1:
        return rearrange(tensors[0], pattern), [()]
    return torch.cat(tensors, dim=1), [() for _ in tensors]


def unpack(tensor, packed_shapes, pattern):
    if isinstance(packed_shapes, list) and len(packed_shapes) == 1:
        return [rearrange(tensor, pattern)]
    return torch.split(tensor, len(packed_shapes))
