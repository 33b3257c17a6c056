"""A member's own page, as far as it spans the apps: what we know, the file to take along, and leaving."""
