"""The public addresses of campaigns."""

from django.urls import path

from campaigns import views

app_name = "campaigns"

urlpatterns = [
    path("test/", views.test_link, name="test_link"),
]
