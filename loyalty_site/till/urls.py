"""The till page's addresses. One page a language, so that a device can keep each without asking."""

from django.urls import path

from loyalty_site.till import views

app_name = "till"

urlpatterns = [
    path("", views.home, name="home"),
    path("<str:language>/", views.page, name="page"),
]
