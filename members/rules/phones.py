"""The usual spellings of a phone, read by one pattern a country instead of by the library step by step.

Every pattern is made of the library's own data. What it does not surely read, the library reads (identifiers.py); what it
does read, the library reads the same way, which a test holds over the numbers of every country.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import phonenumbers
from phonenumbers import PhoneMetadata

# Only what people put between digits; a letter, a second plus or an invisible mark is for the slow path.
_FILLING = str.maketrans("", "", " ()-.")
_PLAIN = re.compile(r"\+?[0-9]{5,15}")
# What may stand before a number at home: one run of digits, or the first of several.
_PREFIXES = re.compile(r"[0-9]+(?:\|[0-9]+)*")


@dataclass(frozen=True, slots=True)
class _Country:
    """`code` as +7 has it; `number` matches a national number that surely is one; `general` what is no number with a
    code before it; `abroad` how a number of another country begins; `prefix` what is dialled before one of this."""

    code: str
    number: re.Pattern[str]
    general: re.Pattern[str]
    abroad: re.Pattern[str] | None
    prefix: str


def quick_phone(text: str, region: str) -> str:
    """E.164 of a phone written with digits, spaces, brackets, hyphens, dots and a plus before them, or "" when it is not
    surely one. `region` is the two-letter country of numbers without a country code."""
    plain = text
    if not _PLAIN.fullmatch(plain):
        plain = text.translate(_FILLING)
        if not _PLAIN.fullmatch(plain):
            return ""
    if plain[0] == "+":
        return _international(plain)
    country = _country(region)
    if country is None or (country.abroad and country.abroad.match(plain)):
        return ""
    if country.number.fullmatch(plain):
        return f"+{country.code}{plain}"
    if country.general.fullmatch(plain):
        return ""
    if plain.startswith(country.code):
        return f"+{plain}" if country.number.fullmatch(plain, len(country.code)) else ""
    prefix = country.prefix
    if prefix and plain.startswith(prefix) and country.number.fullmatch(plain, len(prefix)):
        return f"+{country.code}{plain[len(prefix) :]}"
    return ""


def _international(plain: str) -> str:
    country = _country_of(plain[1:4])
    return plain if country and country.number.fullmatch(plain, 1 + len(country.code)) else ""


@cache
def _country_of(digits: str) -> _Country | None:
    """Whose number begins with these three digits: no country's code is the beginning of another's."""
    for length in (1, 2, 3) if digits[0] != "0" else ():
        if regions := phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(digits[:length])):
            return _country(regions[0])
    return None


@cache
def _country(region: str) -> _Country | None:
    """None where the library does more than look at patterns: prefixes that change the number, codes shared by several
    countries of which this is not the first."""
    data = PhoneMetadata.metadata_for_region(region) if region in phonenumbers.SUPPORTED_REGIONS else None
    if data is None or data.country_code is None or data.general_desc is None or data.national_prefix_transform_rule:
        return None
    if phonenumbers.COUNTRY_CODE_TO_REGION_CODE[data.country_code][0] != region:
        return None
    prefixes = data.national_prefix_for_parsing or ""
    if prefixes and not _PREFIXES.fullmatch(prefixes):
        return None
    return _Country(
        code=str(data.country_code),
        number=_number(data, prefixes),
        general=re.compile(data.general_desc.national_number_pattern or ""),
        abroad=re.compile(data.international_prefix) if data.international_prefix else None,
        prefix=prefixes.partition("|")[0],
    )


def _number(data: PhoneMetadata, prefixes: str) -> re.Pattern[str]:
    """A number of any kind that exists there, that does not begin with what could be taken off it."""
    kinds = [
        *(data.mobile, data.fixed_line, data.toll_free, data.premium_rate, data.shared_cost, data.personal_number),
        *(data.voip, data.pager, data.uan, data.voicemail),
    ]
    ways = "|".join(filter(None, map(_of_kind, kinds)))
    never = "|".join(filter(None, ["0", prefixes]))
    here = f"(?={data.leading_digits})" if data.leading_digits else ""
    return re.compile(f"(?!{never}){here}(?={_of_kind(data.general_desc)}$)(?:{ways})")


def _of_kind(kind: phonenumbers.PhoneNumberDesc | None) -> str:
    """A pattern of the numbers of one kind that are of a length it has, "" when there are none."""
    if kind is None or not kind.national_number_pattern:
        return ""
    lengths = "|".join(rf"\d{{{length}}}" for length in kind.possible_length if length > 0)
    return (
        f"(?:(?=(?:{lengths})$)(?:{kind.national_number_pattern}))"
        if lengths
        else f"(?:{kind.national_number_pattern})"
    )
