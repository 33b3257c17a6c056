"""The mail around the marketer's words: one column, readable on a phone, in the dark, and from the right.

Written in MJML, whose compiler makes the tables that old mail programs need. It runs once, when content is
frozen. No image, no font and no pixel is fetched from anywhere: a mail that is opened tells nobody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

from mjml import mjml2html

from campaigns.rules.templates.markup import address_source, field_alone, html_source, plain_html, text_source

ACCENT = "#0f766e"
RIGHT_TO_LEFT = frozenset({"he"})
SCORES = range(11)
_FONTS = "-apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
_SLOT = "slot-of-the-layout-{}"

_DARK = """
:root { color-scheme: light dark; supported-color-schemes: light dark; }
h1 { margin: 0 0 16px; font-size: 24px; line-height: 1.3; font-weight: 700; }
.score a { text-decoration: none; display: block; }
@media (prefers-color-scheme: dark) {
  body { background-color: #18181b !important; }
  .page, .page > div, .page table, .page td { background: #18181b !important; background-color: #18181b !important; }
  .page, .page div, .page h1, .page td { color: #f4f4f5 !important; }
  .page a { color: #5eead4 !important; }
  .page .go td, .page .go a { background: #0f766e !important; color: #ffffff !important; }
  .page .score td { background: #27272a !important; }
}
"""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a marketer typed in one language; Liquid and plain words."""

    subject: str
    preheader: str
    heading: str
    body: str
    button_label: str
    button_url: str


@dataclass(frozen=True, slots=True)
class Words:
    """What the layout itself says, translated. `why` and `survey_question` are whole sentences.

    `survey_question` is "" when the mail asks for no score.
    """

    why: str
    preferences: str
    unsubscribe: str
    survey_question: str = ""
    survey_low: str = ""
    survey_high: str = ""
    survey_link: str = ""


def liquid_free(text: str) -> str:
    """Words of ours or of the company, safe to stand in a Liquid source."""
    return text.replace("{{", "{ {").replace("{%", "{ %")


def html_of(parts: Parts, words: Words, *, language: str) -> str:
    """The whole HTML mail as one Liquid source."""
    is_rtl = language in RIGHT_TO_LEFT
    direction, side = ("rtl", "right") if is_rtl else ("ltr", "left")
    slots = {
        "preheader": plain_html(parts.preheader),
        "heading": f'<h1 dir="{direction}">{plain_html(parts.heading)}</h1>',
        "body": f'<div dir="{direction}">{html_source(parts.body)}</div>',
        "url": address_source(parts.button_url),
        "label": plain_html(parts.button_label),
        "scores": _scores(words, direction, has_button=field_alone(parts.button_url) == "survey_url"),
        "footer": _footer(words, direction),
    }
    # Without `fonts={}` the compiler would have mail programs fetch Roboto from elsewhere.
    html = mjml2html(_mjml(parts, words, language=language, direction=direction, side=side), fonts={})
    slots["if"], slots["endif"] = _when_known(parts.button_url)
    if is_rtl:  # the compiler turns the page around and forgets its columns
        html = html.replace("text-align:left;direction:ltr", "text-align:right;direction:rtl")
    for name, filling in slots.items():
        html = html.replace(_SLOT.format(name), filling)
    # A line of a mail has at most 998 letters; between the parts of a table white space means nothing.
    return re.sub(r"(<tbody>|</t[rd]>|</table>)(?!\n)", r"\1\n", html)


def text_of(parts: Parts, words: Words) -> str:
    """The same mail as one Liquid source of plain text."""
    out = []
    if parts.heading:
        out.append(f"{parts.heading}\n\n")
    out.append(text_source(parts.body))
    if parts.button_url:
        begin, end = _when_known(parts.button_url)
        out.append(f"\n\n{begin}{parts.button_label}:\n{address_source(parts.button_url)}{end}\n\n")
    if words.survey_question:
        begin, end = _when_known("{{ survey_url }}")
        out.append(f"\n\n{begin}{liquid_free(words.survey_question)}\n{{{{ survey_url }}}}{end}\n\n")
    out.append(
        "\n\n--\n{{ company }}\n{% if postal_address %}{{ postal_address }}\n{% endif %}"
        f"{liquid_free(words.why)}\n"
        f"{liquid_free(words.preferences)}: {{{{ preferences_url }}}}\n"
        f"{liquid_free(words.unsubscribe)}: {{{{ unsubscribe_url }}}}\n"
    )
    return "".join(out)


def _when_known(address: str) -> tuple[str, str]:
    """Around what leads to an address that not everybody has: who has answered a survey gets no link to it."""
    name = field_alone(address)
    return (f"{{% if {name} %}}", "{% endif %}") if name else ("", "")


def _mjml(parts: Parts, words: Words, *, language: str, direction: str, side: str) -> str:
    def slot(name: str) -> str:
        return _SLOT.format(name)

    preview = f"<mj-preview>{slot('preheader')}</mj-preview>" if parts.preheader else ""
    heading = f"<mj-text>{slot('heading')}</mj-text>" if parts.heading else ""
    button = (
        f'<mj-raw>{slot("if")}</mj-raw><mj-button css-class="go" href="{slot("url")}" align="{side}" background-color="{ACCENT}" color="#ffffff" '
        f'font-size="16px" font-weight="600" border-radius="6px" inner-padding="14px 24px" padding="8px 0 16px">'
        f"{slot('label')}</mj-button><mj-raw>{slot('endif')}</mj-raw>"
        if parts.button_url
        else ""
    )
    scores = f"<mj-text>{slot('scores')}</mj-text>" if words.survey_question else ""
    return f"""
<mjml lang="{language}" dir="{direction}">
  <mj-head>
    {preview}
    <mj-attributes>
      <mj-all font-family="{_FONTS}" />
      <mj-text align="{side}" font-size="16px" line-height="1.5" color="#18181b" padding="0" />
      <mj-section padding="0" direction="{direction}" />
    </mj-attributes>
    <mj-style>{_DARK}</mj-style>
    <mj-raw><meta name="color-scheme" content="light dark" /></mj-raw>
  </mj-head>
  <mj-body width="600px" background-color="#f4f4f5" css-class="page">
    <mj-section background-color="#ffffff" padding="32px 24px 16px">
      <mj-column>{heading}<mj-text>{slot("body")}</mj-text>{button}{scores}</mj-column>
    </mj-section>
    <mj-section padding="20px 24px 32px">
      <mj-column><mj-text font-size="13px" color="#52525b">{slot("footer")}</mj-text></mj-column>
    </mj-section>
  </mj-body>
</mjml>"""


def _scores(words: Words, direction: str, *, has_button: bool) -> str:
    """The row of 0 to 10: each a link that opens the survey with that answer chosen, and sends nothing by itself."""
    if not words.survey_question:
        return ""
    cells = "".join(
        f'<td align="center" bgcolor="#f4f4f5" style="border:1px solid #d4d4d8;padding:0;width:9%">'
        f'<a href="{{{{ survey_url }}}}?score={score}" '
        f'style="color:{ACCENT};font-weight:600;text-decoration:none;display:block;padding:10px 0">{score}</a></td>'
        for score in SCORES
    )
    question, low, high, link = (
        liquid_free(escape(text))
        for text in (words.survey_question, words.survey_low, words.survey_high, words.survey_link)
    )
    far = "left" if direction == "rtl" else "right"
    near = "right" if direction == "rtl" else "left"
    begin, end = _when_known("{{ survey_url }}")
    more = f'<p style="margin:12px 0 16px"><a href="{{{{ survey_url }}}}" style="color:{ACCENT}">{link}</a></p>'
    return (
        f'{begin}<div dir="{direction}"><p style="margin:8px 0"><strong>{question}</strong></p>'
        f'<table class="score" role="presentation" dir="{direction}" width="100%" cellpadding="0" cellspacing="0" '
        f'style="border-collapse:collapse;font-size:15px"><tr>{cells}</tr></table>'
        f'<table role="presentation" dir="{direction}" width="100%" cellpadding="0" cellspacing="0" '
        f'style="font-size:13px"><tr><td align="{near}" style="padding:6px 0 0">0 = {low}</td>'
        f'<td align="{far}" style="padding:6px 0 0">10 = {high}</td></tr></table>'
        f"{'' if has_button else more}</div>{end}"
    )


def _footer(words: Words, direction: str) -> str:
    why, preferences, unsubscribe = (
        liquid_free(escape(text)) for text in (words.why, words.preferences, words.unsubscribe)
    )
    style = "color:#52525b;text-decoration:underline"
    return (
        f'<div dir="{direction}"><strong>{{{{ company }}}}</strong><br>{{% if postal_address %}}{{{{ postal_address }}}}<br>{{% endif %}}<br>{why}<br>'
        f'<a href="{{{{ preferences_url }}}}" style="{style}">{preferences}</a> &nbsp;·&nbsp; '
        f'<a href="{{{{ unsubscribe_url }}}}" style="{style}">{unsubscribe}</a></div>'
    )
