"""Who they are, and how we may reach them: people, companies, identifiers, consents.

The lowest app: it knows nothing of points, receipts, surveys or mailings.
"""
