"""Who is asking, in which language and by which clock: what every page of the back office takes for granted."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, override

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware
from django.template.response import SimpleTemplateResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject

from loyalty_site.ground.models import User
from loyalty_site.ground.policy import ANONYMOUS, SHOP_MANAGER, Kind, Principal
from programs.queries.company import company_zone
from programs.queries.stores import store_ids_of_staff


def principal_of(user: User | AnonymousUser) -> Principal:
    """The policy's view of a Django user. Reads the stores of a shop manager; everybody else sees all stores."""
    if not isinstance(user, User) or not user.is_active or not user.is_staff:
        return ANONYMOUS
    stores = store_ids_of_staff(user.pk) if user.role == SHOP_MANAGER else None
    return Principal(Kind.STAFF, id=user.pk, label=user.get_username(), role=user.role, store_ids=stores)


class CompressedFilesMiddleware(GZipMiddleware):
    """Scripts, styles and the till page's shell go out compressed: an old tablet loads them over a slow line.

    Nothing else does: an answer that mixes secrets with what a caller sent must not tell by its length what it holds.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        super().__init__(get_response)
        self.prefixes = (f"/{settings.STATIC_URL.lstrip('/')}", reverse("till:home"))

    def process_request(self, request: HttpRequest) -> None:
        """Compressing makes a file's tag weak; WhiteNoise, which compares letter by letter, knows the strong one."""
        if request.path.startswith(self.prefixes) and "If-None-Match" in request.headers:
            request.META["HTTP_IF_NONE_MATCH"] = request.headers["If-None-Match"].removeprefix("W/")

    @override
    def process_response(self, request: HttpRequest, response: Any) -> Any:
        if not request.path.startswith(self.prefixes):
            return response
        if response.status_code == HTTPStatus.OK:
            return super().process_response(request, response)
        # Nothing was sent, or a part by its place in the file as it is: compressed, either would be wrong.
        patch_vary_headers(response, ("Accept-Encoding",))
        return response


class PrincipalMiddleware:
    """Sets request.principal lazily: pages that never ask pay nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.principal = SimpleLazyObject(lambda: principal_of(request.user))  # type: ignore[attr-defined]
        return self.get_response(request)


class StaffLocaleMiddleware:
    """The back office in the person's own language, with times on the company's clock.

    Only under the admin: the API names its language by header and speaks UTC.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.prefix = reverse("admin:index")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(self.prefix) or not isinstance(request.user, User):
            return self.get_response(request)
        with translation.override(request.user.language), timezone.override(company_zone()):
            request.LANGUAGE_CODE = translation.get_language()  # type: ignore[attr-defined]  # as LocaleMiddleware does
            response = self.get_response(request)
            if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
                response.render()  # inside the language, not after it
        response.headers["Content-Language"] = request.user.language
        return response
