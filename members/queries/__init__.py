"""Reads that span tables."""

from members.queries.identifiers import find_by_identifier, find_identifier
from members.queries.messages import message_counts, reason_counts

__all__ = ["find_by_identifier", "find_identifier", "message_counts", "reason_counts"]
