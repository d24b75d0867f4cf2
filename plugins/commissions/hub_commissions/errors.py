"""What can be wrong with what somebody asks for."""


class CommissionsError(Exception):
    """It cannot be done; the message says why, in a sentence for the person who asked at the command line.
    ``code`` and ``about`` say the same to the pages, which have words of their own."""

    def __init__(self, message: str, *, code: str = "", about: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.about = about
