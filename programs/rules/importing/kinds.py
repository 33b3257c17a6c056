"""The kinds of files there are, by what their rows are about."""

from __future__ import annotations

from programs.rules.importing.coupons import COUPONS
from programs.rules.importing.headings import CUSTOMERS, Vocabulary
from programs.rules.importing.products import PRODUCTS
from programs.rules.importing.receipts import RECEIPTS
from programs.rules.importing.stores import STORES

VOCABULARIES: dict[str, Vocabulary] = {about.kind: about for about in (CUSTOMERS, PRODUCTS, STORES, COUPONS, RECEIPTS)}
