"""The till page: an old tablet or PC becomes a terminal. A shell that works without a line; everything else is the API."""
