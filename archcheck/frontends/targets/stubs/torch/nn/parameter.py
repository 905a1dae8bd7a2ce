Parameter = __archcheck_parameter__
Buffer = __archcheck_buffer__
UninitializedParameter = __archcheck_parameter__
UninitializedBuffer = __archcheck_buffer__
