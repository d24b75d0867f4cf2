"""What can be wrong with what somebody asks for."""


class CommissionsError(Exception):
    """It cannot be done; the message says why, in a sentence for the person who asked."""
