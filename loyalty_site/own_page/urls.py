"""Beside the preference page, under the same personal link."""

from django.urls import path

from loyalty_site.own_page import views

app_name = "own_page"

urlpatterns = [
    path("<str:token>/about/", views.about, name="about"),
    path("<str:token>/download/", views.download, name="download"),
    path("<str:token>/leave/", views.leave, name="leave"),
]
