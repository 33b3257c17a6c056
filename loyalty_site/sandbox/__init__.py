"""`make sandbox`: an installation of its own in which integrators may try everything; nothing of it touches real data."""
