def is_compiling():
    return False


is_dynamo_compiling = is_exporting = is_compiling


def disable(function=None, recursive=True, **kwargs):
    return (lambda inner: inner) if function is None else function


allow_in_graph = compile = disable
