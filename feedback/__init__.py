"""What they tell us: surveys, the links that invite to them, answers and what they add up to.

Reads programs and members; campaigns, which carry the links, stand above.
"""
