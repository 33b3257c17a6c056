"""The admin pages of programs: Programmes, Till and the member page."""

from programs.admin import catalogue, ledger, members, programs, receipts, stores, terminals

__all__ = ["catalogue", "ledger", "members", "programs", "receipts", "stores", "terminals"]
