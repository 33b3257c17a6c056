"""The camera at the till, in a browser that reads no codes itself: cards, own pages, refusals; and codes of every size."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from loyalty_site.ground.policy import system
from loyalty_site.ground.rules.qr import qr_drawing, qr_modules, qr_path
from members.models import Member, PageLinkWay
from members.services import add_identifier, give_page_link, till_code
from programs.models import Terminal
from tests.browser.conftest import chromium_path
from tests.browser.till_screen import ENTRY, Screen, reach
from tests.programs.shop import Shop, open_shop

WIDTH, HEIGHT = 640, 480
CARD = "2912345678901234"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What stands before the camera: the browser opens it anew each time the camera is switched on."""
    return tmp_path_factory.mktemp("camera") / "film.y4m"


@pytest.fixture(scope="module")
def browser(browser: Any, film: Path) -> Iterator[Any]:
    """Another Chromium, with a camera. Only whom a test allows it gets its picture."""
    before_camera(film, "")
    running = browser.browser_type.launch(
        executable_path=chromium_path(),
        args=["--no-sandbox", "--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"],
    )
    yield running
    running.close()


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    shop = open_shop()
    shop.now = timezone.now() - dt.timedelta(minutes=5)
    Terminal.objects.update(scopes=["lookup", "hints", "earn", "return"])
    return shop


@pytest.fixture
def anna(shop: Shop) -> Member:
    member = shop.member()
    add_identifier(member_id=member.pk, kind="card", text=CARD, region="US", actor=system("tests"), now=shop.now)
    return member


def before_camera(film: Path, text: str, *, turned: float = 9.0) -> None:
    """A film of two pictures, without the code and with it: turned by so many degrees, in bad light and with grain."""
    grain = random.Random(7)
    empty = bytes(90 + grain.randrange(40) for _ in range(WIDTH * HEIGHT))
    frames = [empty, seen(text, turned, empty)] if text else [empty]
    colour = bytes([128]) * (WIDTH * HEIGHT // 2)
    head = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode()
    film.write_bytes(head + b"".join(b"FRAME\n" + frame + colour for frame in frames))


def seen(text: str, turned: float, ground: bytes) -> bytes:
    """The brightness of each pixel: the paper with the code of `text` upon `ground`."""
    modules = qr_modules(text)
    side = len(modules)
    pixels = 340 / (side + 8)  # of one module
    cosine, sine = (turn(math.radians(turned)) / pixels for turn in (math.cos, math.sin))
    picture = bytearray(ground)
    for at in range(WIDTH * HEIGHT):
        y, x = divmod(at, WIDTH)
        across, down = x - WIDTH / 2, y - HEIGHT / 2
        column = math.floor(across * cosine + down * sine + side / 2)
        row = math.floor(down * cosine - across * sine + side / 2)
        if -4 <= column < side + 4 and -4 <= row < side + 4:
            dark = 0 <= column < side and 0 <= row < side and modules[row][column]
            picture[at] = picture[at] // 4 + (20 if dark else 165)
    return bytes(picture)


# Every stream that the page was given, so that a test sees whether the camera is on.
NOTE_STREAMS = """() => {
    const given = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    window.streams = [];
    navigator.mediaDevices.getUserMedia = async (wanted) => {
        const stream = await given(wanted);
        window.streams.push(stream);
        return stream;
    };
}"""
IS_ON = "() => window.streams.some((stream) => stream.active)"
# A browser that reads codes itself, as those of telephones do; and one that has the class and nothing behind it.
READS_ITSELF = """([kinds, text]) => {
    window.BarcodeDetector = class {
        static getSupportedFormats = async () => kinds;
        detect = async () => [{ rawValue: text }];
    };
}"""
LIBRARY = "() => performance.getEntriesByType('resource').filter((one) => one.name.includes('/vendor/')).length"


def hold(screen: Screen, film: Path, text: str) -> None:
    """Somebody holds the code of `text` before the camera that the cashier has opened by the keyboard."""
    before_camera(film, text)
    screen.begins()
    screen.press("Tab", "Enter")
    expect(screen.page.locator("dialog.camera")).to_have_count(0, timeout=15000)


def is_found(screen: Screen) -> None:
    """The camera is off, Anna stands on the card, the field waits for goods; and then the next customer."""
    expect(screen.page.locator(".hints")).to_contain_text("Anna P")
    assert not screen.page.evaluate(IS_ON)
    screen.begins()
    assert screen.page.locator(ENTRY).input_value() == ""
    reach(screen.page, "Start afresh")
    screen.press("Enter")
    expect(screen.page.locator(".hints")).not_to_contain_text("Anna P")


def test_a_card_and_an_own_page_held_before_the_camera_find_the_member(screen: Screen, film: Path, anna: Member):
    page = screen.page
    page.context.grant_permissions(["camera"])
    page.evaluate(NOTE_STREAMS)
    page.evaluate(READS_ITSELF, [["qr_code", "ean_13"], CARD])
    hold(screen, film, "")
    is_found(screen)
    assert page.evaluate(LIBRARY) == 0
    page.evaluate(READS_ITSELF, [[], "nothing"])
    screen.press("Tab", "Enter")
    expect(page.locator("dialog.camera video")).to_be_visible()
    page.wait_for_function(IS_ON)
    assert screen.violations() == {}
    screen.press("Escape")
    screen.begins()
    assert not page.evaluate(IS_ON)

    now = timezone.now()
    link = give_page_link(member_id=anna.pk, way=PageLinkWay.SHOWN, actor=system("tests"), now=now)
    opened = Client().get(link[link.index("/m/") :]).content.decode()
    shown = till_code(anna.pk, now=now)
    assert qr_path(qr_modules(shown)) in opened
    for code in (CARD, shown, link):
        hold(screen, film, code)
        is_found(screen)
    assert page.evaluate(LIBRARY) == 2


def test_a_camera_that_nobody_allows_says_what_else_there_is(screen: Screen):
    screen.press("Tab", "Enter")
    dialog = screen.page.locator("dialog.camera")
    expect(dialog).to_contain_text("Allow the camera for this page, or type the number.")
    assert screen.violations() == {}
    screen.press("Escape")
    screen.begins()


DRAW = """async ([size, path, pixels, turned, isLight]) => {
    const { decodeQR } = await import("/static/till/vendor/qr/decode.js");
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 480;
    const pen = canvas.getContext("2d");
    const [paper, ink] = isLight ? ["#111", "#eee"] : ["#eee", "#111"];
    pen.fillStyle = paper;
    pen.fillRect(0, 0, 480, 480);
    pen.translate(240, 240);
    pen.rotate(turned * Math.PI / 180);
    pen.scale(pixels, pixels);
    pen.translate(-size / 2, -size / 2);
    pen.fillStyle = ink;
    pen.fill(new Path2D(path));
    try {
        return decodeQR(pen.getImageData(0, 0, 480, 480));
    } catch (error) {
        return error.message;
    }
}"""


def test_codes_of_every_size_are_read(screen: Screen):
    """From a card's number to the longest that this house draws, askew, upside down, and light on dark as a phone at night."""
    texts = [
        "7",
        CARD,
        "https://club.example.com/till/#code=ABCDEFGH2345",
        "https://club.example.com/m/" + "Aa1_-9zZ" * 4 + "/about/",
    ]
    texts += ["".join(chr(33 + (at * 7) % 90) for at in range(length)) for length in (100, 140, 180, 213)]
    read = {}
    for text in texts:
        size, path = qr_drawing(text)
        for turned, is_light in ((0, False), (-12, False), (171, True)):
            read[text, turned] = screen.page.evaluate(DRAW, [size, path, min(8, 340 / size), turned, is_light])
    assert len({len(qr_modules(text)) for text in texts}) >= 7
    assert {key: found for key, found in read.items() if found != key[0]} == {}
