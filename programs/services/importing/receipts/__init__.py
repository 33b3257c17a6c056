"""Files of receipts from before (docs/adr/0029): rows are lines, and lines of one receipt stay together.

The first row of a receipt is its root: later ones name it in `same_as`. Whatever is done is done to a whole receipt, in
one transaction: checked, written, and taken back.
"""
