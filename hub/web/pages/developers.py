"""The API explained to whoever writes a program for it: each operation, the forms of bodies, and what every
problem means. Made of the document that the API itself serves; no account is needed."""

from flask import current_app, render_template
from flask.typing import ResponseReturnValue

from hub.web import reference
from hub.web.page import Pages
from hub.web.rights import Right
from hub.web.visit import Visit

pages = Pages("developers")


@pages.get("/developers/api", needs=Right.ANYBODY)
def api(_visit: Visit) -> ResponseReturnValue:
    """All operations and forms."""
    document = current_app.extensions[reference.DOCUMENT]()
    return render_template(
        "developers/api.html",
        address=document["servers"][0]["url"],
        groups=reference.groups(document),
        forms=reference.forms(document),
    )


@pages.get("/developers/api/problems", needs=Right.ANYBODY)
def problems(_visit: Visit) -> ResponseReturnValue:
    """What each kind of problem means, and what to do."""
    document = current_app.extensions[reference.DOCUMENT]()
    return render_template(
        "developers/problems.html", problems=reference.problems(document), pieces=reference.pieces
    )
