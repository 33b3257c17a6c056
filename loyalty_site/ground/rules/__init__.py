"""Pure functions of the ground."""
