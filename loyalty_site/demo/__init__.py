"""`make demo`: a shop whose receipts are real and whose people are invented, built by the product's own doors.

Nothing here writes an operational row by itself: people come through the import, receipts through the sale service.
"""
