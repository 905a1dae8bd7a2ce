from torch.nn import functional as F


class AuxRequest:
    def __init__(self, lse=False, max_scores=False):
        self.lse, self.max_scores = lse, max_scores


class AuxOutput:
    def __init__(self, lse=None, max_scores=None):
        self.lse, self.max_scores = lse, max_scores


class BlockMask:
    def __init__(self, mask_mod=None, **parts):
        self.mask_mod = mask_mod
        self.BLOCK_SIZE = (128, 128)

    @classmethod
    def from_kv_blocks(cls, *blocks, mask_mod=None, **options):
        return cls(mask_mod)

    def to(self, device):
        return self

    def __getitem__(self, index):
        return self


def noop_mask(batch, head, token_q, token_kv):
    return True


def and_masks(*mask_mods):
    return mask_mods[0]


def or_masks(*mask_mods):
    return mask_mods[0]


def create_block_mask(mask_mod, *sizes, **options):
    return BlockMask(mask_mod)


def create_mask(mod_fn, *sizes, **options):
    return None


def flex_attention(
    query,
    key,
    value,
    score_mod=None,
    block_mask=None,
    scale=None,
    enable_gqa=False,
    return_lse=False,
    kernel_options=None,
    *,
    return_aux=None,
):
    out = F.scaled_dot_product_attention(query, key, value, scale=scale)
    if return_aux is None and not return_lse:
        return out
    scores = query @ key.transpose(-2, -1)
    sums = scores.logsumexp(dim=-1)
    return (out, sums) if return_aux is None else (out, AuxOutput(sums, scores.amax(dim=-1)))
