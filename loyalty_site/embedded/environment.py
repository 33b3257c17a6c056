"""Settings from the environment, for Django and for what runs before it."""

from __future__ import annotations

import os
from pathlib import Path


def setting(name: str, default: str = "") -> str:
    """An environment variable, or the content of the file that NAME_FILE names (for container secrets)."""
    path = os.environ.get(f"{name}_FILE")
    if path:
        return Path(path).read_text().strip()
    return os.environ.get(name, default)
