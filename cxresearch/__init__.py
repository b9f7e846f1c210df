"""Customer experience research."""
