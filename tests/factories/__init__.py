"""Configuration rows for tests. Operational rows are made by calling services."""
