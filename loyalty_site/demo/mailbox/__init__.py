"""Where the demonstration's mails go: a relay that delivers nothing and keeps everything, and a mailbox to read it.

A process of its own, without Django's apps and without the database: nothing here knows who sent what.
"""
