"""Formats where Django knows none, or other ones than people write."""
