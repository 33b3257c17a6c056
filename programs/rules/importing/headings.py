"""What a column means, from the words people put above it in English, Russian and Hebrew."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

KEY_FIELDS = ("phone", "email", "card", "code")
FIELDS = (
    *("name", "first_name", "middle_name", "last_name"),
    *KEY_FIELDS,
    "tier",
    *("birth_date", "points", "joined_on", "city", "street", "postcode", "note", "sex", "language", "source"),
    "region",
    *("consent", "consent_email", "consent_sms", "consent_phone", "consent_processing"),
    *("refused", "refused_email", "refused_sms", "refused_phone", "refused_processing"),
    *("consent_date", "consent_source", "consent_wording"),
    *("other_phone", "other_email"),
)
# A second column of a key speaks where the first is empty or unreadable.
SPARES = {"phone": "other_phone", "email": "other_email"}

# A yes under such words is a no: "do not e-mail", "unsubscribed", "отказ от рассылки".
_NEGATIVE = (
    r"(do not|dont|never) (e ?mail|mail|sms|text|call|phone|contact|market|send|disturb|newsletter|promo|advert)"
    r"|\bno (e ?mails?|sms|calls|marketing|newsletters?|promo\w*|advert\w*)\b"
    r"|unsubscri|opt(ed|ing)? ?out\b|\boptout|suppress|do not contact|\bdnc\b|stop ?list"
    r"|отказ|отпис|стоп ?лист|черн\w+ спис|запре[тщ]|не (беспоко|звон|присыл|отправл|рассыл|пис|слать|соглас|хочет|жела)"
    r"|הסר|ללא (דיוור|פרסום|הודעות)|(לא|אין|אל) (ל?שלוח|תשלחו|להתקשר|מאשר|מעוניינ|מסכימ|לפנות)|סירוב|מסרב|ביטול (הסכמה|דיוור|רישום)"
)
# Tried in this order; the first that is found in the heading wins. A field of "" is a known word for something that
# we do not take in (a passport is not a phone), and keeps what comes after it from guessing.
_WORDS: list[tuple[str, str]] = [
    (
        "consent_wording",
        r"(consent|opt ?in|subscri|согласи|подписк|הסכמה).*(wording|words|text\b|version|текст|редакц|верси|נוסח|גרסה)",
    ),
    (
        "consent_wording",
        r"(wording|words|text\b|version|текст|редакц|верси|נוסח|גרסה|גירסה).*(consent|opt ?in|subscri|согласи|подписк|הסכמה)",
    ),
    ("consent_date", r"(consent|opt ?in|subscri|согласи|подписк|הסכמה).*(date|when|time|\bat\b|дата|когда|תאריך|מועד)"),
    ("consent_date", r"(date|дата|תאריך).*(consent|opt ?in|subscri|согласи|подписк|הסכמה|דיוור)"),
    (
        "",
        rf"(date|when|reason|дата|когда|причин|תאריך|סיבה).*({_NEGATIVE})|({_NEGATIVE}).*(date|reason|дата|причин|תאריך|סיבה)",
    ),
    ("refused", _NEGATIVE),
    (
        "consent_source",
        r"(consent|opt ?in|subscri|согласи|подписк|הסכמה).*(source|proof|evidence|how|form|where|источник|доказ|основан|где|как\b|מקור|הוכחה)",
    ),
    (
        "consent_source",
        r"(source|proof|evidence|источник|доказ|основан|מקור|הוכחה).*(consent|opt ?in|subscri|согласи|подписк|הסכמה)",
    ),
    ("consent", r"consent|opt ?in|subscri|newsletter|marketing|gdpr|согласи|подписк|рассылк|הסכמה|דיוור|ניוזלטר"),
    (
        "email",
        r"e ?mail|\bmail\b|почт(?!ов)|\bимейл|\bмейл|\bе ?майл|\bэл адрес|электронн\w* адрес|דואל|אימייל|מייל|דואר אלקטרוני",
    ),
    ("birth_date", r"birth|\bbday|\bb day|\bdob\b|\bborn\b|рожд|^д р$|^др$|לידה|הולדת"),
    (
        "joined_on",
        r"join|regist|sign ?up|member since|enrol|created|регистрац|вступл|дата выдачи|дата добавл|дата создан|הצטרפות|רישום|הרשמה",
    ),
    (
        "points",
        r"остаток|баланс|balance|балл|point|נקודות|יתרה|^бонусы$|^bonus(es)?$|сумма бонус|кол во бонус|количество бонус|צבירה",
    ),
    (
        "tier",
        r"\btier\b|(loyalty|membership|member|card|status) level|уровень (карт|участ|лояльн|клиент|в программ)|тир\b|דרגה|דרגת|רמת (חבר|מועדון|כרטיס)",
    ),
    ("postcode", r"post ?code|postal|\bzip\b|индекс|מיקוד"),
    (
        "",
        r"passport|паспорт|снилс|\bинн\b|\bинн\w|\bssn\b|tax id|תעודת זהות|^תז$|^ת ז$|דרכון|\bчек\w*\b|receipt|заказ|договор|contract|счет\b|account|менеджер|manager|кассир|cashier|продавец|seller|сотрудник|employee|מוכר|קופאי|\border",
    ),
    (
        "phone",
        r"phone|mobile|\bcell|\btel\b|\btelephone|whats ?app|телефон|мобил|\bмоб\b|\bтел\b|сотов|ватсап|טלפון|נייד|סלולר|^טל$|פלאפון",
    ),
    ("card", r"\bcard|\bкарт|כרטיס|barcode|штрих ?код|ברקוד"),
    ("source", r"\bsource\b|how (did )?(they|you) (come|find|hear|came)|referr|источник|откуда|как узнал|מקור"),
    ("language", r"\blang|\bязык|שפה"),
    (
        "code",
        r"\bcode\b|\bid\b|customer (no|number)|member (no|number)|client (no|number)|\bкод\b|номер клиента|номер покупател|קוד|מספר לקוח|מספר חבר",
    ),
    ("points", r"бонус|bonus"),
    ("last_name", r"last ?name|surname|family|фамили|משפחה"),
    ("middle_name", r"middle|patronym|отчеств"),
    ("first_name", r"first ?name|given|forename|פרטי"),
    ("sex", r"^sex$|gender|^пол$|^מין$|^м ж$|^m f$|מגדר"),
    ("street", r"\bstreet|\baddress|\baddr\b|\bулица|\bадрес|רחוב|כתובת"),
    ("city", r"\bcity|\btown|\bгород|населенный пункт|עיר|ישוב|יישוב"),
    ("note", r"\bnote|comment|remark|примеч|коммент|заметк|הערה|הערות"),
    ("region", r"country|^region$|^страна|^регион$|מדינה|ארץ"),
    ("name", r"\bname\b|full ?name|customer|client|\bфио\b|^ф и о$|клиент|покупател|\bимя\b|контактное лицо|^שם|לקוח"),
]
# What several columns of consents are about, each; a lone one is about whatever the person says who imports it.
_CONSENT_WAYS = [
    ("consent_email", re.compile(r"e ?mail|\bmail\b|почт|мейл|имейл|דואל|מייל|דואר")),
    ("consent_sms", re.compile(r"\bsms\b|смс|text message|מסרון|הודעות טקסט")),
    ("consent_phone", re.compile(r"phone|\bcall|звон|телефон|טלפון|שיחות")),
    ("consent_processing", re.compile(r"process|\bdata\b|gdpr|обработк|персональн|עיבוד|שמירת|פרטיות")),
]
CONSENT_FIELDS = ("consent", *(name for name, _words in _CONSENT_WAYS))
# Columns worded as a refusal, and what an answer in them is about.
REFUSALS = {name.replace("consent", "refused"): name for name in CONSENT_FIELDS}


_NO_WORD = re.compile(r"[\W_]+")


def heading_form(text: str) -> str:
    """A heading as compared: case, width, marks, quotes and punctuation folded away."""
    if text.isascii() and text.isprintable():
        return _NO_WORD.sub(" ", text.lower().replace('"', "").replace("'", "")).strip()
    plain = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
    plain = "".join(char for char in plain if unicodedata.category(char) != "Cf" and char not in "\"'״׳")
    return _NO_WORD.sub(" ", plain).strip()


# The columns we put before the rows that a person mends: how such a file is known when it comes back.
OUR_MARK = "Regulars:"


def is_ours(heading: str) -> bool:
    """One of our own columns, in a file of rejected rows."""
    return heading.strip().lstrip("\ufeff").startswith(OUR_MARK)


def consent_way(heading: str) -> str:
    """Of a heading about a consent: consent_email, consent_sms, consent_phone, consent_processing, or "" for any."""
    plain = heading_form(heading)
    return next((name for name, words in _CONSENT_WAYS if words.search(plain)), "")


def is_total_line(cells: Sequence[str]) -> bool:
    """Is this the line of sums that reports end with?"""
    if cells and cells[0][-1:].isdigit():  # as most first cells end, and none of these words
        return False
    first = next((cell for cell in map(heading_form, cells) if cell), "")
    return first in {"итого", "всего", "total", "totals", "grand total", "סהכ", "סך הכל"}


type Words = Sequence[tuple[str, re.Pattern[str]]]


def patterns(words: Sequence[tuple[str, str]]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """(field, expression) pairs compiled, in their order."""
    return tuple((meaning, re.compile(expression)) for meaning, expression in words)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a kind of file talks about: its `fields`, and the `words` that people put above them.

    `keys` say whom or what a row is about: one of them must be there, and all of `required`. `dates` and `amounts` are
    the fields whose way of writing the whole column shows. A file of one column without a heading is a list of `single`. `settle` sets right what one
    heading cannot know.
    """

    kind: str
    fields: tuple[str, ...]
    keys: tuple[str, ...]
    words: Words
    required: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    amounts: tuple[str, ...] = ()
    single: str = ""
    settle: Callable[[Sequence[str], list[str]], list[str]] = field(default=lambda _headings, fields: once(fields))

    def field_of(self, heading: str) -> str:
        """One of `fields`, or "" for a column we do not know."""
        plain = heading_form(heading)
        if not plain or len(plain) > 60:
            return ""
        return next((meaning for meaning, pattern in self.words if pattern.search(plain)), "")

    def is_known_word(self, heading: str) -> bool:
        """Does the heading say what the column is, be it something that we leave out?"""
        plain = heading_form(heading)
        return any(pattern.search(plain) for _, pattern in self.words)

    def fields_of(self, headings: Sequence[str]) -> list[str]:
        """The meaning of each column; of two columns with one meaning the first has it, the other none ("")."""
        return self.settle(headings, list(map(self.field_of, headings)))

    def heading_score(self, cells: Sequence[str]) -> int:
        """How much a row looks like the headings of a table: known words, 0 when no key is among them or data is."""
        if any(map(is_ours, cells)):
            return len(self.fields) + 1
        if any(len(cell) > 200 or "@" in cell or sum(char.isdigit() for char in cell) >= 6 for cell in cells):
            return 0
        found = [meaning for meaning in self.fields_of(cells) if meaning]
        return len(found) if self.has_key(found) else 0

    def has_key(self, meanings: Sequence[str]) -> bool:
        """Is one of the columns a key?"""
        return bool(set(meanings) & set(self.keys))

    def missing(self, meanings: Sequence[str]) -> tuple[str, ...]:
        """The fields of which one must still be chosen; () when nothing is missing."""
        if not self.has_key(meanings):
            return self.keys
        return tuple(name for name in self.required if name not in meanings)[:1]


def once(fields: Sequence[str]) -> list[str]:
    """Of two columns with one meaning the first has it, the other none ("")."""
    seen: set[str] = set()
    found = []
    for meaning in fields:
        found.append("" if meaning in seen else meaning)
        seen.add(meaning)
    return found


def _of_people(headings: Sequence[str], fields: list[str]) -> list[str]:
    """Several columns of consents are about a way each; "Имя" beside "Фамилия" is the first name."""
    several = fields.count("consent") > 1
    found = []
    for heading, meaning in zip(headings, fields, strict=True):
        if meaning == "consent" and several:
            meaning = consent_way(heading) or meaning
        elif meaning == "refused":
            # A lone yes is about whatever the person says who imports it, but "do not call" is about calls.
            meaning += consent_way(heading).removeprefix("consent")
        elif meaning in SPARES and meaning in found:
            meaning = SPARES[meaning]
        found.append(meaning)
    fields = found
    found = once(fields)
    if "last_name" in found and "name" in found and "first_name" not in found:
        found[found.index("name")] = "first_name"
    return found


OWN = "custom:"


def with_own(
    about: Vocabulary, own: Sequence[tuple[str, Sequence[str]]], ours: Sequence[tuple[str, str]]
) -> Vocabulary:
    """`about` with the company's own fields, as (name, the headings they are known by), and with optional fields of
    ours, as (name, pattern). A heading that is the very name of a field means that field, whatever words it holds."""
    exact = [
        (name, rf"^(?:{'|'.join(re.escape(heading_form(text)) for text in texts)})$")
        for name, texts in own
        if any(texts)
    ]
    names = [name for name, _words in (*own, *ours)]
    return replace(
        about,
        fields=(*about.fields, *dict.fromkeys(names)),
        words=(*patterns(exact), *patterns(ours), *about.words),
    )


CUSTOMERS = Vocabulary(
    kind="customers",
    fields=FIELDS,
    keys=KEY_FIELDS,
    words=patterns(_WORDS),
    dates=("birth_date", "joined_on", "consent_date"),
    amounts=("points",),
    settle=_of_people,
)
field_of, fields_of, is_known_word = CUSTOMERS.field_of, CUSTOMERS.fields_of, CUSTOMERS.is_known_word
heading_score = CUSTOMERS.heading_score
