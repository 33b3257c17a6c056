"""The API's addresses."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from programs.api.holds import CommitView, HoldView, ReleaseView
from programs.api.members import LookupView
from programs.api.sales import QuoteView, ReturnView, SaleView, VoidView
from programs.api.terminals import EnrolTerminalView

app_name = "api"

urlpatterns = [
    path("lookup", LookupView.as_view(), name="lookup"),
    path("quotes", QuoteView.as_view(), name="quote"),
    path("sales", SaleView.as_view(), name="sale"),
    path("sales/void", VoidView.as_view(), name="void"),
    path("holds", HoldView.as_view(), name="hold"),
    path("holds/<path:hold_id>/commit", CommitView.as_view(), name="commit-hold"),
    path("holds/<path:hold_id>/release", ReleaseView.as_view(), name="release-hold"),
    path("returns", ReturnView.as_view(), name="return"),
    path("terminals/enrol", EnrolTerminalView.as_view(), name="enrol-terminal"),
    path("schema", SpectacularAPIView.as_view(), name="schema"),
    path("docs", SpectacularSwaggerView.as_view(url_name="api:schema"), name="docs"),
]
