"""The words of the templates to begin with, in each language.

They are content and no part of the catalogues: copied into a template and edited from then on. They speak
plainly, promise nothing that the shop has not promised (C14), and avoid sentences in which a number bends a noun.
"""

from __future__ import annotations

from campaigns.rules.templates import Parts

WELCOME = {
    "en": Parts(
        subject='{{ first_name | default: "Hello" }}, it has been a while',
        preheader="{% if points > 0 %}Points waiting for you: {{ points }}{% endif %}",
        heading="It has been a while",
        body="""Hello{% if first_name %} {{ first_name }}{% endif %},

{% if last_visit_on %}
we last saw you on {{ last_visit_on }}. We would be glad to see you again.
{% else %}
we would be glad to see you again.
{% endif %}

{% if points > 0 %}
Points on your account: **{{ points }}**. They pay a part of your next purchase{% if points_worth %}, up to {{ points_worth }}{% endif %}. You need no card: name your phone number at the till.
{% endif %}

{% if burning_in_days < 60 %}
Points that burn after {{ burning_on }}: **{{ points_burning }}**.
{% endif %}

If something kept you away, reply to this mail. A person reads every answer.

{{ company }}""",
        button_label="",
        button_url="",
    ),
    "ru": Parts(
        subject='{{ first_name | default: "Здравствуйте" }}, давно не виделись',
        preheader="{% if points > 0 %}Вас ждут баллы: {{ points }}{% endif %}",
        heading="Давно не виделись",
        body="""Здравствуйте{% if first_name %}, {{ first_name }}{% endif %}!

{% if last_visit_on %}
В последний раз вы заходили к нам {{ last_visit_on }}. Будем рады видеть вас снова.
{% else %}
Будем рады видеть вас снова.
{% endif %}

{% if points > 0 %}
Баллы на вашем счёте: **{{ points }}**. Ими можно оплатить часть следующей покупки{% if points_worth %} — до {{ points_worth }}{% endif %}. Карта не нужна: назовите на кассе номер телефона.
{% endif %}

{% if burning_in_days < 60 %}
Последний день, когда можно потратить часть из них ({{ points_burning }}), — {{ burning_on }}.
{% endif %}

Если вам что-то у нас не понравилось, ответьте на это письмо. Каждый ответ читает живой человек.

{{ company }}""",
        button_label="",
        button_url="",
    ),
    "he": Parts(
        subject="מזמן לא נפגשנו{% if first_name %}, {{ first_name }}{% endif %}",
        preheader="{% if points > 0 %}נקודות שמחכות לך: {{ points }}{% endif %}",
        heading="מזמן לא נפגשנו",
        body="""שלום{% if first_name %} {{ first_name }}{% endif %},

{% if last_visit_on %}
הביקור האחרון שלך אצלנו היה ב-{{ last_visit_on }}. נשמח לראות אותך שוב.
{% else %}
נשמח לראות אותך שוב.
{% endif %}

{% if points > 0 %}
נקודות בחשבון שלך: **{{ points }}**. אפשר לשלם איתן חלק מהקנייה הבאה{% if points_worth %}, עד {{ points_worth }}{% endif %}. לא צריך כרטיס: מספיק למסור את מספר הטלפון בקופה.
{% endif %}

{% if burning_in_days < 60 %}
נקודות שאפשר לנצל רק עד {{ burning_on }}: **{{ points_burning }}**.
{% endif %}

אם משהו אצלנו הפריע לך, אפשר פשוט להשיב למייל הזה. אדם קורא כל תשובה.

{{ company }}""",
        button_label="",
        button_url="",
    ),
}
STATEMENT = {
    "en": Parts(
        subject="Your points: {{ points }}",
        preheader="{% if burning_in_days < 60 %}{{ points_burning }} of them to use by {{ burning_on }}{% endif %}",
        heading="Where you stand",
        body="""Hello{% if first_name %} {{ first_name }}{% endif %},

this is your account at {{ company }} today:

- Points to spend: **{{ points }}**
{% if points_worth %}
- What they pay: {{ points_worth }}
{% endif %}
{% if tier %}
- Your tier: {{ tier }}
{% endif %}
{% if next_tier %}
- Still to buy for {{ next_tier }}: {{ next_tier_missing }}
{% endif %}

{% if burning_in_days < 60 %}
Points that burn after {{ burning_on }}: **{{ points_burning }}**.
{% endif %}

To pay with points, name your phone number at the till.""",
        button_label="",
        button_url="",
    ),
    "ru": Parts(
        subject="Ваши баллы: {{ points }}",
        preheader="{% if burning_in_days < 60 %}Часть из них ({{ points_burning }}) можно потратить до {{ burning_on }}{% endif %}",
        heading="Ваш счёт",
        body="""Здравствуйте{% if first_name %}, {{ first_name }}{% endif %}!

Вот что сегодня на вашем счёте в {{ company }}:

- Баллов можно потратить: **{{ points }}**
{% if points_worth %}
- Ими можно оплатить: {{ points_worth }}
{% endif %}
{% if tier %}
- Ваш уровень: {{ tier }}
{% endif %}
{% if next_tier %}
- До уровня {{ next_tier }} осталось купить на {{ next_tier_missing }}
{% endif %}

{% if burning_in_days < 60 %}
Сгорят после {{ burning_on }}: **{{ points_burning }}**.
{% endif %}

Чтобы заплатить баллами, назовите на кассе номер телефона.""",
        button_label="",
        button_url="",
    ),
    "he": Parts(
        subject="הנקודות שלך: {{ points }}",
        preheader="{% if burning_in_days < 60 %}חלק מהן ({{ points_burning }}) אפשר לנצל עד {{ burning_on }}{% endif %}",
        heading="מצב החשבון שלך",
        body="""שלום{% if first_name %} {{ first_name }}{% endif %},

זה מצב החשבון שלך ב-{{ company }} נכון להיום:

- נקודות לניצול: **{{ points }}**
{% if points_worth %}
- השווי שלהן: {{ points_worth }}
{% endif %}
{% if tier %}
- הדרגה שלך: {{ tier }}
{% endif %}
{% if next_tier %}
- קניות שחסרות עד {{ next_tier }}: {{ next_tier_missing }}
{% endif %}

{% if burning_in_days < 60 %}
נקודות שאפשר לנצל רק עד {{ burning_on }}: **{{ points_burning }}**.
{% endif %}

כדי לשלם בנקודות, מספיק למסור את מספר הטלפון בקופה.""",
        button_label="",
        button_url="",
    ),
}
SURVEY = {
    "en": Parts(
        subject='{{ first_name | default: "Hello" }}, how is it with us?',
        preheader="One question, less than a minute",
        heading="One question",
        body="""Hello{% if first_name %} {{ first_name }}{% endif %},

{% if last_visit_on %}
you were with us on {{ last_visit_on }}, and we would like to know how it was.
{% else %}
we would like to know how you find it with us.
{% endif %}

It is one question. Choose a number, and add a word if you like: the people who run {{ company }} read it themselves.""",
        button_label="Answer",
        button_url="{{ survey_url }}",
    ),
    "ru": Parts(
        subject='{{ first_name | default: "Здравствуйте" }}, как вам у нас?',
        preheader="Один вопрос, меньше минуты",
        heading="Один вопрос",
        body="""Здравствуйте{% if first_name %}, {{ first_name }}{% endif %}!

{% if last_visit_on %}
Вы были у нас {{ last_visit_on }}, и нам важно знать, всё ли было хорошо.
{% else %}
Нам важно знать, всё ли у нас хорошо.
{% endif %}

Вопрос один. Выберите число и, если захочется, добавьте пару слов: их прочтут те, кто отвечает за {{ company }}.""",
        button_label="Ответить",
        button_url="{{ survey_url }}",
    ),
    "he": Parts(
        subject="איך אצלנו{% if first_name %}, {{ first_name }}{% endif %}?",
        preheader="שאלה אחת, פחות מדקה",
        heading="שאלה אחת",
        body="""שלום{% if first_name %} {{ first_name }}{% endif %},

{% if last_visit_on %}
ביקרת אצלנו ב-{{ last_visit_on }}, ונשמח לדעת איך היה.
{% else %}
נשמח לדעת איך אצלנו.
{% endif %}

זו שאלה אחת. אפשר לבחור מספר, ואם רוצים, להוסיף כמה מילים: מי שמנהלים את {{ company }} קוראים אותן בעצמם.""",
        button_label="לתשובה",
        button_url="{{ survey_url }}",
    ),
}
