def is_compiling():
    return False


def disable(function=None, recursive=True, **kwargs):
    return (lambda inner: inner) if function is None else function


allow_in_graph = optimize = disable
