"""The admin pages of programs."""
