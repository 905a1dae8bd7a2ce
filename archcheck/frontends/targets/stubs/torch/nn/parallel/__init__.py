def DataParallel(module, *args, **kwargs):
    return module


DistributedDataParallel = DataParallel
