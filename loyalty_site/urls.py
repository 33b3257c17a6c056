"""Every URL of the installation. Each name must be known to the policy; a test walks them all."""

from django.contrib import admin
from django.urls import include, path

from loyalty_site import erasing, timeline, views
from loyalty_site.duplicates import admin as duplicates  # noqa: F401  registers its pages
from programs import views as program_views

urlpatterns = [
    # First, because they are tried in this order and people wait at the tills.
    path("api/v1/", include("programs.urls")),
    path("", views.home, name="home"),
    path("health/", views.health, name="health"),
    path("i18n/", include("django.conf.urls.i18n")),
    path(
        "admin/members/member/<int:object_id>/erase/",
        admin.site.admin_view(erasing.erase_page),
        name=erasing.ROUTE,
    ),
    path(
        "admin/members/member/<int:object_id>/timeline/",
        admin.site.admin_view(timeline.timeline_page),
        name=timeline.ROUTE,
    ),
    path("admin/", admin.site.urls),
    path("terms/", program_views.terms, name="terms"),
    path("join/", program_views.join, name="join"),
    path("till/", include("loyalty_site.till.urls")),
    path("join/<str:token>/", program_views.confirm, name="join_confirm"),
    # What members open by a link in a message.
    path("f/", include("feedback.urls")),
    path("mail/", include("campaigns.urls")),
    path("m/", include("loyalty_site.own_page.urls")),
    path("m/", include("members.urls")),
]

# An address nobody has, under the API too: what a till gets is always a problem it can read.
handler404 = "loyalty_site.views.not_found"
