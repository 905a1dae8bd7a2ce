# Operators of C++ have no source: the tables know some by their full names.
