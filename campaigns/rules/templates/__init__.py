"""Message templates: from a marketer's plain words with Liquid in them to mails, without Django.

`texts.problems_of` says what cannot be sent; `document.build_document` freezes words and layout;
`document.CompiledContent` renders. The others are their parts: pieces, liquid, checking, compiling, markup,
layout, fields, figures.
"""

from campaigns.rules.templates.document import CompiledContent, Rendered, RenderFailed, build_document
from campaigns.rules.templates.fields import (
    POSTAL_ADDRESS,
    Field,
    FieldKind,
    Value,
    empty_values,
    fields_known,
    first_name_of,
    sample_values,
)
from campaigns.rules.templates.layout import RIGHT_TO_LEFT, Parts, Words
from campaigns.rules.templates.pieces import Problem
from campaigns.rules.templates.texts import fields_of, problems_of

__all__ = [
    "POSTAL_ADDRESS",
    "RIGHT_TO_LEFT",
    "CompiledContent",
    "Field",
    "FieldKind",
    "Parts",
    "Problem",
    "RenderFailed",
    "Rendered",
    "Value",
    "Words",
    "build_document",
    "empty_values",
    "fields_known",
    "fields_of",
    "first_name_of",
    "problems_of",
    "sample_values",
]
