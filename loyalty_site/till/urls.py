"""The till page's addresses. One page a language, so that a device can keep each without asking."""

from django.urls import path

from loyalty_site.till import api, installing, views

app_name = "till"

urlpatterns = [
    path("", views.home, name="home"),
    path("enrol", api.EnrolView.as_view(), name="enrol"),
    path("leave", api.LeaveView.as_view(), name="leave"),
    path("sw.js", installing.worker, name="worker"),
    path("icon-<int:side>.png", installing.icon, name="icon"),
    path("<str:language>/", views.page, name="page"),
    path("<str:language>/manifest.webmanifest", installing.manifest, name="manifest"),
]
