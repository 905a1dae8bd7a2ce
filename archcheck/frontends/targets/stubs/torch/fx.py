def wrap(name):
    return name
