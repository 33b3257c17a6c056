"""The admin pages of programs: Programmes, Till, the customer import and the member page."""

from programs.admin import catalogue, guards, imports, ledger, members, programs, receipts, stores, terminals

__all__ = ["catalogue", "guards", "imports", "ledger", "members", "programs", "receipts", "stores", "terminals"]
