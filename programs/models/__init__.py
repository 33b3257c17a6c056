"""The tables of programs. Each file is one noun; the ledger is read by all and written by one service."""

from programs.models.accounts import Account, AccountAccess, PurchaseSummary, TierStanding
from programs.models.catalogue import Category, Product
from programs.models.imports import ImportBatch, ImportKey, ImportRow, ImportState, PointsMode, RowOutcome
from programs.models.ledger import Bucket, LedgerTransaction, Lot, Posting, TransactionKind
from programs.models.programs import NegativePolicy, Program, ProgramState, ProgramVersion, Rule, Tier
from programs.models.purchases import Award, IdempotencyRecord, Purchase, PurchaseKind, PurchaseLine
from programs.models.stores import Cashier, Partner, Store, Terminal, TerminalState

__all__ = [
    "Account",
    "AccountAccess",
    "Award",
    "Bucket",
    "Cashier",
    "Category",
    "IdempotencyRecord",
    "ImportBatch",
    "ImportKey",
    "ImportRow",
    "ImportState",
    "LedgerTransaction",
    "Lot",
    "NegativePolicy",
    "Partner",
    "PointsMode",
    "Posting",
    "Product",
    "Program",
    "ProgramState",
    "ProgramVersion",
    "Purchase",
    "PurchaseKind",
    "PurchaseLine",
    "PurchaseSummary",
    "RowOutcome",
    "Rule",
    "Store",
    "Terminal",
    "TerminalState",
    "Tier",
    "TierStanding",
    "TransactionKind",
]
