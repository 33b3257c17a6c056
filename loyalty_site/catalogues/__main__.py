"""`python -m loyalty_site.catalogues`: compile the translations. With `messages`: first collect the texts anew."""

from __future__ import annotations

import sys

from loyalty_site.catalogues import CataloguesNotWritable, compile_all


def main(words: list[str]) -> int:
    """0, or 1 with a sentence that says why not."""
    if words == ["messages"]:
        from loyalty_site.catalogues.updating import update_all  # noqa: PLC0415  # needs Django; compiling does not

        for language, missing in update_all().items():
            print(f"{language}: {missing} to translate")
    elif words:
        print("Say nothing, or: messages", file=sys.stderr)
        return 1
    try:
        print("compiled:", ", ".join(compile_all()))
    except CataloguesNotWritable as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
