"""What a page may need, and which roles have it."""

from enum import IntEnum


class Right(IntEnum):
    """What somebody needs to open a page; a higher one of a tenant includes the lower ones."""

    ANYBODY = 0
    """No account: sign-in, links from e-mails, public pages."""
    PERSON = 1
    """Any account: one's own settings."""
    STAFF = 2
    """A member of the tenant."""
    ADMIN = 3
    """An admin or owner of the tenant: settings, secrets, connections."""
    OWNER = 4
    """An owner of the tenant: people and their roles."""
    OPERATOR = 5
    """Who runs the installation."""

    @property
    def of_tenant(self) -> bool:
        """Whether it is a right within one tenant, whose slug then stands in the address."""
        return Right.STAFF <= self <= Right.OWNER


ROLE_RIGHTS = {"staff": Right.STAFF, "admin": Right.ADMIN, "owner": Right.OWNER}
