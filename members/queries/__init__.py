"""Reads that span tables."""

from members.queries.identifiers import find_by_identifier, find_identifier

__all__ = ["find_by_identifier", "find_identifier"]
