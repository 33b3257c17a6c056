"""What the demonstration's invented people write beside their score, in three languages."""

from __future__ import annotations

# {language: (what detractors, passives and promoters add to their score)}. The empty ones say nothing, as most people do.
COMMENTS = {
    "en": (
        ["The queue in the evening is far too long.", "My points were not counted twice in a row.", "", ""],
        ["Good shop, but the bread is often sold out.", "Prices went up.", "", "", ""],
        ["Friendly people, and the fruit is always fresh.", "I like seeing where each point comes from.", "", "", ""],
    ),
    "ru": (
        ["Вечером слишком длинная очередь.", "Дважды не начислили баллы.", "", ""],
        ["Хороший магазин, но хлеб часто кончается.", "", "", ""],
        ["Приветливые кассиры и всегда свежие фрукты.", "Удобно видеть, за что начислили баллы.", "", ""],
    ),
    "he": (
        ["התור בערב ארוך מדי.", "פעמיים לא קיבלתי נקודות.", "", ""],
        ["חנות טובה, אבל הלחם נגמר מהר.", "", "", ""],
        ["קופאים נחמדים והפירות תמיד טריים.", "נוח לראות על מה קיבלתי כל נקודה.", "", ""],
    ),
}
