def as_str(value):
    return value


as_text = as_bytes = as_str
