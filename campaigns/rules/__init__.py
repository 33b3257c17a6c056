"""Pure functions over frozen values: no Django, no clock, no I/O."""
