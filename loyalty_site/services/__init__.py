"""Acts on a whole member: they span all apps, so they are put together here."""
