"""The product's addresses and the yardstick's."""

from django.urls import include, path

urlpatterns = [path("", include("benchmarks.floor")), path("", include("loyalty_site.urls"))]
