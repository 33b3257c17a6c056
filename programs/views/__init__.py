"""Pages of programs for everybody: joining by oneself, and the terms of the programme."""

from programs.views.joining import confirm, join
from programs.views.terms import terms

__all__ = ["confirm", "join", "terms"]
