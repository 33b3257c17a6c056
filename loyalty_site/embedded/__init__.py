"""A PostgreSQL and a broker of our own, for people who have installed neither.

Used whenever DATABASE_URL or BROKER_URL is not set. Both listen on unix sockets in a folder only
the owner can enter (`var/`, or the folder named by REGULARS_VAR), run as children of the process
that started them and stop with it. This package must not import any app.
"""
