"""The tables of programs. Each file is one noun; the ledger is read by all and written by one service."""

from programs.models.accounts import Account, AccountAccess, PurchaseSummary, TierStanding
from programs.models.adjustments import (
    WITHDRAWN,
    Adjustment,
    AdjustmentBatch,
    AdjustmentReason,
    AdjustmentState,
    BatchState,
)
from programs.models.calendars import Calendar, CalendarDay
from programs.models.catalogue import Category, Product
from programs.models.companies import CompanyTie
from programs.models.counters import Benefit, RuleCounter
from programs.models.coupons import Coupon, CouponSeries, CouponUse, CouponUseState
from programs.models.holds import Hold, HoldState
from programs.models.imports import (
    ImportBatch,
    ImportKey,
    ImportKind,
    ImportRow,
    ImportState,
    PointsMode,
    RowOutcome,
    UndoOutcome,
)
from programs.models.joining import JoinRequest
from programs.models.ladders import DiscountOrder, Falls, LadderOf, LadderWindow, Rounds, TierLook, TierWarning
from programs.models.ledger import Bucket, LedgerTransaction, Lot, Posting, TransactionKind
from programs.models.lifecycle import LifecycleModel, MemberStage, MemberStageChange, ModelChoice, StageChoice
from programs.models.offline import ConflictState, OfflineBatch, OfflineConflict
from programs.models.programs import (
    ExpiryKind,
    Leftover,
    NegativePolicy,
    Program,
    ProgramState,
    ProgramVersion,
    Rule,
    Stacking,
    Tier,
)
from programs.models.proof import BurnWarning, DailySeal
from programs.models.protection import Flag, FlagKind, FlagState, SpendingCode, SpendingPin, TillPolicy
from programs.models.purchases import Award, IdempotencyRecord, Purchase, PurchaseKind, PurchaseLine
from programs.models.purposes import Goal, KeyFactor
from programs.models.replays import ReplayPart, ReplayRun
from programs.models.rewards import Reward
from programs.models.stores import Cashier, CashierShift, Partner, SaleChannel, Store, Terminal, TerminalState
from programs.models.webhooks import DeliveryState, EventCursor, EventKind, WebhookDelivery, WebhookEndpoint

__all__ = [
    "WITHDRAWN",
    "Account",
    "AccountAccess",
    "Adjustment",
    "AdjustmentBatch",
    "AdjustmentReason",
    "AdjustmentState",
    "Award",
    "BatchState",
    "Benefit",
    "Bucket",
    "BurnWarning",
    "Calendar",
    "CalendarDay",
    "Cashier",
    "CashierShift",
    "Category",
    "CompanyTie",
    "ConflictState",
    "Coupon",
    "CouponSeries",
    "CouponUse",
    "CouponUseState",
    "DailySeal",
    "DeliveryState",
    "DiscountOrder",
    "EventCursor",
    "EventKind",
    "ExpiryKind",
    "Falls",
    "Flag",
    "FlagKind",
    "FlagState",
    "Goal",
    "Hold",
    "HoldState",
    "IdempotencyRecord",
    "ImportBatch",
    "ImportKey",
    "ImportKind",
    "ImportRow",
    "ImportState",
    "JoinRequest",
    "KeyFactor",
    "LadderOf",
    "LadderWindow",
    "LedgerTransaction",
    "Leftover",
    "LifecycleModel",
    "Lot",
    "MemberStage",
    "MemberStageChange",
    "ModelChoice",
    "NegativePolicy",
    "OfflineBatch",
    "OfflineConflict",
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
    "ReplayPart",
    "ReplayRun",
    "Reward",
    "Rounds",
    "RowOutcome",
    "Rule",
    "RuleCounter",
    "SaleChannel",
    "SpendingCode",
    "SpendingPin",
    "Stacking",
    "StageChoice",
    "Store",
    "Terminal",
    "TerminalState",
    "Tier",
    "TierLook",
    "TierStanding",
    "TierWarning",
    "TillPolicy",
    "TransactionKind",
    "UndoOutcome",
    "WebhookDelivery",
    "WebhookEndpoint",
]
