"""Reports: results as text for people and as documents for programs. They read results and know no rule."""
