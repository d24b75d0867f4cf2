"""What the operator's pages share."""

from hub.web.page import Pages

pages = Pages("operator")
