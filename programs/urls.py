"""The API's addresses."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from programs.api.cashiers import SignInView, SignOutView
from programs.api.confirming import MemberPinView, SpendingCodeView
from programs.api.consents import MemberConsentsView
from programs.api.enrolment import NewMemberView
from programs.api.holds import CommitView, HoldView, ReleaseView
from programs.api.members import LookupView
from programs.api.notices import NoticeDoneView
from programs.api.offline import OfflineBatchView
from programs.api.own_page import OwnPageView
from programs.api.products import ProductsView
from programs.api.receipts import FindReceiptView, RecentReceiptsView
from programs.api.sales import QuoteView, ReturnView, SaleView, VoidView
from programs.api.terminals import EnrolTerminalView, RotateTokenView
from programs.api.workplace import WorkplaceView

app_name = "api"

urlpatterns = [
    path("lookup", LookupView.as_view(), name="lookup"),
    path("products", ProductsView.as_view(), name="products"),
    path("quotes", QuoteView.as_view(), name="quote"),
    path("sales", SaleView.as_view(), name="sale"),
    path("sales/void", VoidView.as_view(), name="void"),
    path("holds", HoldView.as_view(), name="hold"),
    path("holds/<path:hold_id>/commit", CommitView.as_view(), name="commit-hold"),
    path("holds/<path:hold_id>/release", ReleaseView.as_view(), name="release-hold"),
    path("members", NewMemberView.as_view(), name="member"),
    path("members/consents", MemberConsentsView.as_view(), name="member-consents"),
    path("members/own-page", OwnPageView.as_view(), name="member-own-page"),
    path("notices/done", NoticeDoneView.as_view(), name="notice-done"),
    path("returns", ReturnView.as_view(), name="return"),
    path("receipts/find", FindReceiptView.as_view(), name="find-receipt"),
    path("receipts/recent", RecentReceiptsView.as_view(), name="recent-receipts"),
    path("offline-batches", OfflineBatchView.as_view(), name="offline-batch"),
    path("workplace", WorkplaceView.as_view(), name="workplace"),
    path("terminals/enrol", EnrolTerminalView.as_view(), name="enrol-terminal"),
    path("cashiers/sign-in", SignInView.as_view(), name="cashier-sign-in"),
    path("cashiers/sign-out", SignOutView.as_view(), name="cashier-sign-out"),
    path("spending-codes", SpendingCodeView.as_view(), name="spending-code"),
    path("members/pin", MemberPinView.as_view(), name="member-pin"),
    path("terminals/rotate", RotateTokenView.as_view(), name="rotate-token"),
    path("schema", SpectacularAPIView.as_view(), name="schema"),
    path("docs", SpectacularSwaggerView.as_view(url_name="api:schema"), name="docs"),
]
