"""The API for terminals."""
