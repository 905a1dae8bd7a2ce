class Module:
    training = True

    def __init__(self, *args, **kwargs):
        pass

    def forward(self, *input):
        raise NotImplementedError

    def set_submodule(self, target, module, strict=False):
        setattr(self, target, module)
