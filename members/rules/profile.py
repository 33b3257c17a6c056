"""Our optional profile fields as fields of a closed list, with the words that files in three languages use for them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from members.rules.custom import CHOICE, CHOICES, Field, Option
from members.rules.text import one_line

INTERESTS = "interests"
INTEREST_MAX, INTERESTS_MAX = 40, 20


def _field(code: str, kind: str, labels: tuple[str, str, str], options: Mapping[str, tuple[str, ...]]) -> Field:
    """`options` {code: words}; every word is understood."""
    listed = tuple(
        Option(one, {"": words[0], **{str(number): word for number, word in enumerate(words[1:])}})
        for one, words in options.items()
    )
    return Field(code, kind, dict(zip(("", "ru", "he"), labels, strict=True)), listed)


PROFILE_FIELDS: dict[str, Field] = {
    one.code: one
    for one in (
        _field(
            "social_status",
            CHOICE,
            ("social status", "социальный статус", "מצב חברתי"),
            {
                "student": ("studies", "student", "pupil", "учится", "студент", "студентка", "учащийся", "סטודנט", "סטודנטית"),
                "employed": ("employed", "employee", "worker", "работает", "работающий", "служащий", "שכיר", "שכירה"),
                "self": ("works for themselves", "self-employed", "freelancer", "entrepreneur", "owner", "самозанятый", "предприниматель", "ип", "עצמאי", "עצמאית"),
                "home": ("at home with the family", "homemaker", "housewife", "домохозяйка", "в декрете", "עקרת בית"),
                "retired": ("retired", "pensioner", "пенсионер", "пенсионерка", "на пенсии", "גמלאי", "גמלאית", "פנסיונר"),
                "unemployed": ("without work", "unemployed", "безработный", "безработная", "не работает", "מובטל", "מובטלת"),
                "other": ("other", "другое", "иное", "אחר"),
            },
        ),
        _field(
            "cares_about",
            CHOICES,
            ("what they value", "ценности", "ערכים"),
            {
                "eco": ("ecological", "eco", "ecology", "экологичность", "эко", "экология", "אקולוגי", "סביבה"),
                "low_price": ("low price", "price", "cheap", "низкая цена", "цена", "дешевизна", "מחיר נמוך", "מחיר"),
                "time_saved": ("time saved", "time", "speed", "экономия времени", "время", "חיסכון בזמן", "זמן"),
                "domestic": ("made in our country", "domestic maker", "domestic", "local", "отечественный производитель", "отечественное", "תוצרת הארץ", "כחול לבן"),
                "fashion": ("fashion", "мода", "модность", "אופנה"),
                "reliability": ("reliability", "reliable", "надежность", "אמינות"),
                "prestige": ("prestige", "престиж", "יוקרה"),
                "comfort": ("comfort", "convenience", "комфорт", "удобство", "נוחות"),
            },
        ),
        _field(
            "preferred_channel",
            CHOICE,
            ("preferred way to keep in touch", "предпочтительный способ связи", "דרך קשר מועדפת"),
            {
                "email": ("e-mail", "email", "mail", "почта", "эл. почта", "имейл", "דואל", "אימייל", "מייל"),
                "sms": ("sms", "text", "смс", "מסרון"),
                "phone": ("phone call", "phone", "call", "звонок", "телефон", "טלפון", "שיחה"),
            },
        ),
        _field(
            "came_by",
            CHOICE,
            ("what brought them", "что привело", "מה הביא אותם"),
            {
                "advert": ("an advertisement", "advertisement", "advert", "ad", "ads", "реклама", "פרסום", "פרסומת"),
                "friends": ("a recommendation", "recommendation", "friends", "referral", "word of mouth", "рекомендация", "друзья", "знакомые", "сарафанное радио", "המלצה", "חברים"),
                "curiosity": ("curiosity", "любопытство", "интерес", "סקרנות"),
                "passing": ("passing by", "walked past", "проходил мимо", "проходила мимо", "мимо проходил", "עבר במקום", "עברתי ליד"),
                "other": ("something else", "other", "другое", "иное", "אחר"),
            },
        ),
        _field(
            "wallet_share",
            CHOICE,
            ("share of their purchases", "доля покупок", "חלק מהקניות"),
            {
                "only": ("buys only from us", "only", "only from us", "только у нас", "только", "רק אצלנו", "רק"),
                "mostly": ("mostly from us", "mostly", "mainly", "в основном у нас", "в основном", "בעיקר אצלנו", "בעיקר"),
                "sometimes": ("sometimes from us", "sometimes", "иногда у нас", "иногда", "לפעמים אצלנו", "לפעמים"),
            },
        ),
        _field(INTERESTS, CHOICES, ("interests", "интересы", "תחומי עניין"), {}),
    )
}  # fmt: skip

# Above a column of a file, where the company keeps the field.
HEADINGS: tuple[tuple[str, str], ...] = (
    ("social_status", r"social status|occupation|соц\w* статус|социальн\w* положен|род занятий|מצב חברתי|מעמד|עיסוק"),
    ("cares_about", r"what (they|you) value|\bvalues\b|ценност|ערכים"),
    ("interests", r"interest|hobb|интерес(?!н)|увлечен|хобби|תחומי עניין|תחביב"),
    (
        "preferred_channel",
        r"prefer\w* (way|channel|contact)|best way to (contact|reach)|предпочт\w* (способ|канал)|удобн\w* способ|способ связи|"
        r"ערוץ מועדף|דרך (קשר|התקשרות) מועדפ",
    ),
    ("came_by", r"what brought|how (did )?(they|you) (hear|find|come)|что привел|откуда узнал|как узнал|מה הביא|איך שמע|איך הגיע"),
    ("wallet_share", r"share of (wallet|purchases)|доля (покупок|кошелька)|נתח|חלק מהקניות"),
)  # fmt: skip


def read_interests(text: str) -> list[str]:
    """Words with commas between, each once however cased, the first INTERESTS_MAX of them."""
    found: dict[str, str] = {}
    for part in re.split(r"[,;|\n]", text):
        word = one_line(part)[:INTEREST_MAX].strip()
        if word:
            found.setdefault(word.casefold(), word)
    return list(found.values())[:INTERESTS_MAX]
