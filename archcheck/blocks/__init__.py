"""From recordings to blocks: residual decomposition, notation, and which classes are blocks."""
