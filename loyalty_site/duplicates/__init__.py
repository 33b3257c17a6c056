"""People who are in the base twice: the list of pairs, two records side by side, merging and undoing.

It stands here because it shows and changes what several apps know of a member.
"""
