"""Uploads that the disk has no room for: taken to their end without storing them, so that the page can say so."""

from __future__ import annotations

from typing import override

from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler
from django.http import HttpRequest

from loyalty_site.ground.disk import is_full


class RoomyUploadHandler(TemporaryFileUploadHandler):
    """Django's own, but a full disk is no error of the whole request: the file is left out and has_no_room is True."""

    @override
    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        try:
            return super().receive_data_chunk(raw_data, start)
        except OSError as error:
            if not is_full(error):
                raise
            self.file.close()  # which deletes it
            assert self.request is not None
            self.request.META["regulars.no_room"] = True
            raise SkipFile from error


def has_no_room(request: HttpRequest) -> bool:
    """Was a file of this request left out because the disk is full?"""
    return bool(request.META.get("regulars.no_room"))
