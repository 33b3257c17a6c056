"""Points of many people changed by one list: read, asked for, applied in chunks, and taken back as one."""

from programs.services.adjusting.lists import (
    LIST_LINES_MAX,
    ListOrder,
    approve_list,
    ask_list,
    discard_list,
    draft_list,
    pause_list,
    refuse_list,
    reverse_list,
    text_of_file,
    would_wait,
)

__all__ = [
    "LIST_LINES_MAX",
    "ListOrder",
    "approve_list",
    "ask_list",
    "discard_list",
    "draft_list",
    "pause_list",
    "refuse_list",
    "reverse_list",
    "text_of_file",
    "would_wait",
]
