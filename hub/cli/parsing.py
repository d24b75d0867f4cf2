"""Requests that two servers could read in two ways are refused: where a proxy stands before the hub, one of
them could otherwise be made to see a request that the other does not (RFC 9112, section 11.2)."""

import re
from collections.abc import Iterator

from waitress.parser import HTTPRequestParser, ParsingError

_HOST = re.compile(r"(?:[A-Za-z0-9._~%-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_UNSEEN = re.compile(r"[\x00-\x20\x7f]")


class Parser(HTTPRequestParser):
    """Waitress's parser, which already refuses lengths and chunks that are none, and bare line ends."""

    request_uri: str
    proxy_netloc: str

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head of a request. Raises ParsingError, which becomes 400 and ends the connection."""
        super().parse_header(header_plus)
        for doubt in self._doubts(header_plus.split(b"\r\n")[1:]):
            raise ParsingError(doubt)

    def _doubts(self, lines: list[bytes]) -> Iterator[str]:
        pairs = [line.partition(b":") for line in lines if line]
        names = [name.lower() for name, _, _ in pairs]
        if any(line[:1] in b" \t" for line in lines if line):
            yield "A header goes on in the next line"
        if self.version not in ("1.0", "1.1"):
            yield "This version of HTTP is not spoken here"
        codings = [value.strip().lower() for name, _, value in pairs if name.lower() == b"transfer-encoding"]
        if codings and (b"content-length" in names or self.version == "1.0"):
            yield "Transfer-Encoding and Content-Length contradict each other"
        if codings not in ([], [b"chunked"]):
            yield "The body may be chunked once"
        if _UNSEEN.search(self.request_uri):
            yield "The address holds control characters"
        yield from self._doubts_of_host(names.count(b"host"))

    def _doubts_of_host(self, hosts: int) -> Iterator[str]:
        host = self.headers.get("HOST", "")
        if hosts > 1 or (hosts == 0 and self.version == "1.1"):
            yield "There must be one Host"
        if hosts and not _HOST.fullmatch(host):
            yield "The Host is none"
        if self.proxy_netloc and self.proxy_netloc.lower() != host.lower():
            yield "The address and the Host name different hosts"
