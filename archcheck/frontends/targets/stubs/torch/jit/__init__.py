def script(obj=None, *args, **kwargs):
    return obj


def _same(function=None, *args, **kwargs):
    return (lambda inner: inner) if function in (None, True, False) else function


ignore = unused = export = script_method = script_if_tracing = interface = _same


def is_scripting():
    return False


def is_tracing():
    return False


def annotate(type, value):
    return value


def isinstance(obj, kind):
    return True
