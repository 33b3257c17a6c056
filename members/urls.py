"""The public addresses at the foot of every mail."""

from django.urls import path

from members import views

app_name = "members"

urlpatterns = [
    path("<str:token>/", views.preferences, name="preferences"),
    path("<str:token>/unsubscribe/", views.unsubscribe_page, name="unsubscribe"),
]
