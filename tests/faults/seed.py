"""`python -m tests.faults.seed MEMBERS`: a published programme, two enrolled tills and members with points, for a fresh installation.

Prints {"tokens": [...], "phones": [...]}.
"""

from __future__ import annotations

import json
import sys


def main() -> None:
    import django

    django.setup()
    from django.db import transaction
    from django.utils import timezone

    from tests.factories.configuration import TerminalFactory
    from tests.programs.shop import open_shop
    from tests.programs.till import ApiTill

    phones = [f"+1212559{number:04}" for number in range(int(sys.argv[1]))]
    with transaction.atomic():
        shop = open_shop(redeem_max_percent=100)
        shop.now = timezone.now()
        for phone in phones:
            shop.sell({"C": "500.00"}, shop.member(phone), number=f"first {phone}")
        tills = [shop.terminal, TerminalFactory(store=shop.terminal.store)]
        tokens = [ApiTill(till, shop.now).token for till in tills]
    print(json.dumps({"tokens": tokens, "phones": phones}))


if __name__ == "__main__":
    main()
