"""Refusals of the page on which people join by themselves."""

from loyalty_site.ground.errors import NotFound, Refused


class JoinLinkOver(NotFound):
    code = "join_link_over"
    sentence = "This link was used already, or it is too old. If you have not pressed its button, ask for a new one."


class JoinTooMany(Refused):
    code = "join_too_many"
    sentence = "Too many people have asked to join from here. Try again in an hour, or join in the shop."


class JoinWordsChanged(Refused):
    code = "join_words_changed"
    sentence = "The words that you agree to have just changed. Read them again, then send the form."
