"""The customer base as a shop would export it: 1,200 invented people in a realistically untidy file.

GENERATED: no name, phone, address or card here belongs to anybody. Phones lie in 555-0100 to 555-0199, which are
kept for fiction; e-mail addresses in example.com and example.org. Pure: the same file on every run.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
from dataclasses import dataclass

PEOPLE = 1200
ENCODING = "cp1252"
TITLE = "Corner Market - customer export. GENERATED for a demonstration: no real persons"
HEADER = ["Name", "Mobile", "E-mail", "Card no.", "Birthday", "Member since", "City", "Newsletter consent", "Points"]
AREA_CODES = ["212", "216", "303", "312", "317", "404", "415", "502", "513", "614", "617", "713"]
_SEED = 20170901

_FIRST = """Ada Aiden Alice Amara Andre Angela Anita Anton Beatriz Ben Bianca Björn Carla Carlos Chloé Claire Daniel Daphne
David Deepa Diego Dora Edward Elena Emma Erik Esther Fatima Felix Fiona Frank Gabriela George Grace Hana Henry Hugo
Ibrahim Ines Irene Ivan Jack Jane Joan José Judith Julia Kamal Karen Kevin Lars Laura Leila Leo Lucía Luke Maja Marco
Maria Marta Max Mei Mikhail Mina Nadia Naomi Nina Noah Nora Olga Oscar Pablo Paula Peter Petra Priya Quinn Rachel Raúl
Renée Rita Robert Rosa Ruth Samuel Sara Simon Sofia Stella Tanya Thomas Tomás Ursula Vera Victor Wanda Xavier Yusuf
Zoë""".split()  # noqa: SIM905  a hundred names read better as words
_LAST = """Abbott Adams Åkesson Álvarez Andersen Baker Barnes Becker Bennett Berg Brooks Bryant Carter Castañeda Chen Clark
Cohen Cole Cooper Cruz Dalton Davis Diaz Dubois Duncan Ellis Evans Ferrari Fischer Fleming Flores Foster García Gibson
Gómez Grant Green Gupta Hall Hansen Harris Hayes Hernández Hill Hoffmann Howard Hughes Ivanova Jackson Jensen Johnson
Kaplan Kelly Khan Kim King Kowalski Kumar Lambert Larsen Lee Lévy Lopez Martin Mason Meyer Miller Moore Morgan Müller
Muñoz Murphy Nguyen Nielsen Novak O'Brien O'Neill Olsen Ortiz Park Parker Patel Pérez Perry Peters Price Quiñones Ramos
Reed Rivera Roberts Rossi Ruiz Russell Sanders Santos Schmidt Scott Silva Singh Smith Sørensen Stone Taylor Tran Turner
Vargas Wagner Walker Ward Weber White Williams Wood Wright Yamada Young Zimmermann""".split()  # noqa: SIM905  as above
_CITIES = "Riverton Maplewood Fairview Oakdale Brookside Hillcrest Lakeside Millbrook Ashford Westfield".split()  # noqa: SIM905  as above
_SPELLINGS = [
    "({0}) {1}-{2}",
    "{0}-{1}-{2}",
    "{0}.{1}.{2}",
    "+1 {0} {1} {2}",
    "1-{0}-{1}-{2}",
    "{0}{1}{2}",
    "+1{0}{1}{2}",
]


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person; `household` when the demonstration's receipts are theirs."""

    name: str
    phone: tuple[str, str, str]
    email: str
    card: str
    birthday: dt.date | None
    joined: dt.date
    city: str
    consent: str
    points: int
    household: int | None

    @property
    def phone_value(self) -> str:
        """The phone as the product stores it (E.164)."""
        return "+1" + "".join(self.phone)


def card_of(household: int) -> str:
    """The card of a household, as stored."""
    return f"7010{household:06d}"


def people(households: list[int]) -> list[Person]:
    """PEOPLE persons, the first of them the households, in their order."""
    draw = random.Random(_SEED)  # noqa: S311  invented people must be the same each time
    names = [f"{first} {last}" for first in _FIRST for last in _LAST]
    draw.shuffle(names)
    found = []
    for index in range(PEOPLE):
        household = households[index] if index < len(households) else None
        user = f"{names[index].split()[0]}.{index:04d}".lower().translate(str.maketrans("éëöüúíáñóåø", "eeouuianoao"))
        found.append(
            Person(
                name=names[index],
                phone=(AREA_CODES[index // 100], "555", f"01{index % 100:02d}"),
                email=f"{user}@example.{draw.choice(['com', 'org'])}" if draw.random() < 0.7 else "",
                card=card_of(household) if household is not None else f"7020{index:06d}",
                birthday=dt.date(1938, 1, 1) + dt.timedelta(days=draw.randrange(25000))
                if draw.random() < 0.8
                else None,
                joined=dt.date(2019, 3, 1) + dt.timedelta(days=draw.randrange(1900)),
                city=draw.choice(_CITIES),
                consent=draw.choices(["yes", "no", ""], [5, 2, 3])[0],
                points=draw.choice([0, 0, 10, 20, 40, 60, 100, 150, 250, 400]),
                household=household,
            )
        )
    return found


def customer_file(everybody: list[Person]) -> bytes:
    """The file, as its shop would send it: a title row, several spellings, repeated people, rows nobody can use."""
    draw = random.Random(_SEED + 1)  # noqa: S311  as above
    rows = [_row(person, draw) for person in everybody]
    for person in draw.sample(everybody, 36):
        again = _row(person, draw)
        again[2] = again[2].upper()
        again[8] = ""  # the points are on the first row
        rows.append(again)
    rows += _unusable(everybody)
    draw.shuffle(rows)
    text = io.StringIO()
    table = csv.writer(text, delimiter=";", lineterminator="\r\n")
    table.writerow([TITLE])
    table.writerow(HEADER)
    table.writerows(rows)
    return text.getvalue().encode(ENCODING)


def _row(person: Person, draw: random.Random) -> list[str]:
    name = person.name
    if draw.random() < 0.1:
        name = draw.choice([name.upper(), f"  {name}", name.replace(" ", "  ")])
    joined = person.joined.strftime("%m/%d/%Y")
    return [
        name,
        draw.choice(_SPELLINGS).format(*person.phone),
        person.email,
        draw.choice([person.card, f"{person.card[:4]} {person.card[4:7]} {person.card[7:]}"]),
        person.birthday.strftime("%m/%d/%Y") if person.birthday else "",
        joined,
        person.city,
        person.consent,
        str(person.points) if person.points else "",
    ]


def _unusable(everybody: list[Person]) -> list[list[str]]:
    """Rows the import must refuse, each for a reason of its own."""
    one, other = everybody[300], everybody[301]
    spare = "(713) 555-01{:02d}"
    return [
        ["Nobody Known", "", "", "", "", "", "", "", ""],
        ["Wrong Number", "555-01", "", "", "", "", "", "", "40"],
        ["Ask Office", "call the office", "", "", "", "", "", "yes", ""],
        ["About Points", spare.format(90), "", "", "", "", "", "", "about 300"],
        ["Two Persons", "-".join(one.phone), other.email or "two@example.com", other.card, "", "", "", "", ""],
        ["No Dot", "", "no-dot@example", "", "", "", "", "yes", ""],
        ["Lost Digits", "", "", "7.02E+09", "", "", "", "", "15"],
    ]
