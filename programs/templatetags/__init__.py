"""Template filters of programs."""
