"""The till page's addresses. One page a language, so that a device can keep each without asking."""

from django.urls import path

from loyalty_site.till import installing, views

app_name = "till"

urlpatterns = [
    path("", views.home, name="home"),
    path("sw.js", installing.worker, name="worker"),
    path("icon-<int:side>.png", installing.icon, name="icon"),
    path("<str:language>/", views.page, name="page"),
    path("<str:language>/manifest.webmanifest", installing.manifest, name="manifest"),
]
