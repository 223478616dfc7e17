"""Requests that are sent to the service itself, to a host and through the edge. `HOST` stands for where they go."""

# ruff: noqa: E501
# fmt: off

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, kw_only=True)
class Case:
    """A request. Where a proxy does not do as the service does, `differs` names the row of docs/http.md that says so.

    `host` and `edge` are then the statuses that they answer by themselves; None: the service's.
    """

    name: str
    pieces: tuple[bytes, ...]
    differs: str = ""
    host: int | None = None
    edge: int | None = None


def _request(method: str, target: str, *lines: str, body: bytes = b"", version: str = "1.1") -> bytes:
    length = [f"Content-Length: {len(body)}"] if body else []
    head = "\r\n".join([f"{method} {target} HTTP/{version}", "Host: HOST", *lines, *length])
    return head.encode("latin-1") + b"\r\n\r\n" + body


def _case(
    name: str,
    method: str,
    target: str,
    *lines: str,
    body: bytes = b"",
    differs: str = "",
    host: int | None = None,
    edge: int | None = None,
) -> Case:
    pieces = (_request(method, target, *lines, body=body),)
    return Case(name=name, pieces=pieces, differs=differs, host=host, edge=edge)


METHODS = [
    *(_case(f"method {method}", method, "/mirror") for method in ("GET", "HEAD", "OPTIONS", "DELETE")),
    *(
        _case(f"method {method}", method, "/mirror", body=b"text")
        for method in ("POST", "PUT", "PATCH", "DELETE")
    ),
    *(
        _case(f"method {method}", method, "/mirror")
        for method in ("PROPFIND", "MKCOL", "LOCK", "PURGE", "M-SEARCH")
    ),
    _case("method QUERY with a body", "QUERY", "/mirror", body=b"select"),
    _case("GET with a body", "GET", "/mirror", body=b"text"),
    _case("POST without a body", "POST", "/mirror", "Content-Length: 0"),
    _case("method TRACE", "TRACE", "/mirror", differs="methods", edge=405),
    _case("a method in small letters", "get", "/mirror", differs="methods", edge=400),
    _case("a method with a dot", "A.B", "/mirror", differs="methods", edge=400),
]

_TARGETS = [
    *("/mirror", "/mirror/", "/mirror//", "/mirror//a///b", "/mirror/.", "/mirror/./a", "/mirror/a/../b"),
    *("/mirror/%2f", "/mirror/%2Fa%2fb", "/mirror/%20a", "/mirror/a+b", "/mirror/%E4%BD%A0", "/mirror/%e4", "/mirror/;a=b"),
    *("/mirror/a:b@c", "/mirror/%25", "/mirror/~a!$&'()*,=", "/mirror/%7Ea", "/mirror?", "/mirror?a=1&a=2", "/mirror?a=%00"),
    *("/mirror?//", "/mirror?a=b?c", "/mirror?%zz", "/mirror?a=<b>&c=\"d\"", "/mirror/%2e%2e/x", "/mirror/{a}|b^c`d", "/mirror/a\\b"),
    *("/mirror/" + "a" * 7000, "/mirror?q=" + "a" * 20000, "/mirror?" + "a=1&" * 2000),
]
TARGETS = [
    *(_case(f"target {target[:40]} of {len(target)}", "GET", target) for target in _TARGETS),
    _case("target http://HOST/mirror, in absolute form", "GET", "http://HOST/answer?body=x"),
    _case("OPTIONS *", "OPTIONS", "*", differs="paths", edge=400),
    _case("a path that is no percent-encoding", "GET", "/mirror/%zz", differs="not HTTP", edge=400),
    _case("a path that climbs out", "GET", "/../mirror", differs="paths", edge=400),
    _case("a path with an encoded zero", "GET", "/mirror/%00", differs="paths", edge=400),
    _case("a fragment", "GET", "/mirror#a", differs="paths", host=400, edge=400),
]

_HEADERS = [
    *("X-Plain: a", "X_Underscore: a", "x.dotted: a", "X-1: a", "1X: a", "x!#$%&'*+-.^_`|~: a", "X-Empty:", "X-Spaces:   a   "),
    *("X-Inner: a  b", "X-Comma: a,b, c", "X-Quoted: \"a;b\"", "X-Latin: \xe4", "X-Tab: a\tb", "Accept: */*, text/html;q=0.5"),
    *("Accept-Encoding: gzip", "Accept-Encoding: br;q=1.0, gzip;q=0.8, *;q=0.1", "User-Agent: me", "Referer: http://a/b?c#d"),
    *("Cookie: a=b; c=\"d e\"; f", "Authorization: Basic dTpw", "Origin: null", "If-None-Match: W/\"a\", \"b\"", "X-Request-ID: 1"),
    *("Via: 1.1 front", "Max-Forwards: 3", "Proxy-Authorization: a", "Cache-Control: no-cache", "Pragma: no-cache", "DNT: 1"),
    *("Content-Type: a/b; c=d", "Priority: u=1", "X-Accel-Redirect: /x", "Range: bytes=0-1", "X-Http-Method-Override: PUT"),
    *("Sec-Fetch-Mode: cors", "traceparent: 00-a-b-01", "X-Forwarded-Prefix: /a", "CF-Connecting-IP: 1.2.3.4", "Date: x", "From: a@b"),
]
HEADERS = [
    *(_case(f"header {line}", "GET", "/mirror", line) for line in _HEADERS),
    _case("a header twice", "GET", "/mirror", "X-Two: a", "X-Two: b"),
    _case("a header twice, once empty", "GET", "/mirror", "X-Two:", "X-Two: b"),
    _case("cookies in two lines", "GET", "/mirror", "Cookie: a=b", "Cookie: c=d"),
    _case("Accept in two lines", "GET", "/mirror", "Accept: a/b", "Accept: c/d"),
    _case("a hundred headers", "GET", "/mirror", *(f"X-{number}: a" for number in range(100))),
    _case("four hundred headers", "GET", "/mirror", *(f"X-{number}: a" for number in range(400))),
    _case("a header of 8 KB", "GET", "/mirror", "X-Large: " + "a" * 8000),
    _case("a cookie of 20 KB", "GET", "/mirror", "Cookie: a=" + "a" * 20000),
    _case("heads of 27 KB", "GET", "/mirror", *(f"X-{number}: " + "a" * 2700 for number in range(10))),
    _case(
        "a head of 60 KB",
        "GET",
        "/mirror",
        *(f"X-{number}: " + "a" * 6000 for number in range(10)),
        differs="sizes",
        host=400,
        edge=400,
    ),
    _case(
        "a header with a space in its name",
        "GET",
        "/mirror",
        "X Y: a",
        differs="not HTTP",
        host=400,
        edge=400,
    ),
    _case(
        "a header that is hop by hop",
        "GET",
        "/mirror",
        "Keep-Alive: timeout=5",
        "TE: trailers",
        differs="of a connection",
    ),
]

HOSTS = [
    Case(name=f"Host {host}", pieces=(f"GET /mirror HTTP/1.1\r\nHost: {host}\r\n\r\n".encode(),))
    for host in (
        "shop.example",
        "shop.example:8443",
        "SHOP.Example",
        "192.0.2.1:80",
        "[2001:db8::1]:8080",
        "a_b.example",
    )
] + [
    Case(name="no Host", pieces=(b"GET /answer?body=x HTTP/1.1\r\n\r\n",), differs="not HTTP", edge=400),
    Case(
        name="two Hosts",
        pieces=(b"GET /answer?body=x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",),
        differs="not HTTP",
        host=400,
        edge=400,
    ),
    Case(name="HTTP/1.0", pieces=(b"GET /answer?body=x HTTP/1.0\r\nHost: a\r\n\r\n",)),
    Case(name="HTTP/1.0 without Host", pieces=(b"GET /answer?body=x HTTP/1.0\r\n\r\n",)),
]

_CHUNKS = b"4\r\ntext\r\n6;a=b\r\n more.\r\n0\r\n"
BODIES = [
    _case("a body of 1 MB", "POST", "/mirror", body=b"a" * 1_000_000),
    _case("a body of every byte", "PUT", "/mirror", body=bytes(range(256))),
    Case(
        name="a body in chunks",
        pieces=(_request("POST", "/mirror", "Transfer-Encoding: chunked") + _CHUNKS + b"\r\n",),
        differs="short chunked uploads",
    ),
    Case(
        name="a body in chunks that come slowly",
        pieces=(_request("POST", "/mirror", "Transfer-Encoding: chunked"), b"4\r\ntext\r\n", b"0\r\n\r\n"),
    ),
    Case(
        name="a body in chunks with a trailer",
        pieces=(_request("POST", "/mirror", "Transfer-Encoding: chunked", "Trailer: X-Sum") + _CHUNKS + b"X-Sum: 9\r\n\r\n",),
        differs="trailers",
    ),
    Case(name="a body in pieces", pieces=(_request("POST", "/mirror", "Content-Length: 8"), b"text", b"more")),
    _case("Expect: 100-continue", "POST", "/mirror", "Expect: 100-continue", body=b"text", differs="Expect"),
    _case("an encoded body", "POST", "/mirror", "Content-Encoding: gzip", body=b"\x1f\x8b"),
    _case("Expect of something else", "POST", "/mirror", "Expect: wonders", body=b"text", differs="Expect", edge=200),
    _case("a length that is no number", "POST", "/answer", "Content-Length: x", differs="not HTTP", host=400, edge=400),
    _case("two lengths that differ", "POST", "/answer", "Content-Length: 4", "Content-Length: 5", differs="not HTTP", host=400, edge=400),
    Case(
        name="length and chunks",
        pieces=(_request("POST", "/mirror", "Transfer-Encoding: chunked", "Content-Length: 4") + _CHUNKS + b"\r\n",),
        differs="not HTTP",
        edge=400,
    ),
    _case("an unknown transfer encoding", "POST", "/answer", "Transfer-Encoding: a", differs="not HTTP", host=400, edge=501),
]


def _answer(
    name: str,
    *lines: str,
    method: str = "GET",
    status: int = 200,
    more: str = "",
    differs: str = "",
    host: int | None = None,
    edge: int | None = None,
) -> Case:
    headers = "".join(f"&header={quote(line)}" for line in lines)
    target = f"/answer?status={status}&body=text{headers}{more}"
    return Case(name=name, pieces=(_request(method, target),), differs=differs, host=host, edge=edge)


_STATUSES = [
    *(200, 201, 202, 203, 204, 205, 206, 207, 226, 299, 300, 301, 302, 303, 304, 305, 307, 308, 400, 401, 402, 403, 404, 405),
    *(406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418, 421, 422, 423, 424, 425, 426, 428, 429, 431, 444, 451),
    *(494, 495, 497, 499, 500, 501, 502, 503, 504, 505, 507, 508, 510, 511, 520, 599, 999),
]
_ANSWERS = [
    *("X-Plain:a", "x_underscore:a", "x.dotted:a", "X-Empty:", "Server:mine", "Date:Thu, 01 Jan 1970 00:00:00 GMT"),
    *("Location:/a", "Location:http://greeter/x", "Location:http://127.0.0.1/a", "Refresh:0; url=http://greeter/"),
    *("Set-Cookie:a=b; Path=/; Domain=greeter", "Vary:Origin", "Expires:0", "Cache-Control:max-age=5", "X-Accel-Buffering:no"),
    *("X-Accel-Redirect:/x", "X-Accel-Charset:x", "X-Accel-Expires:1", "X-Pad:a", "ETag:W/\"a\"", "Link:</a>; rel=preload"),
    *("Content-Type:text/html", "Content-Encoding:gzip", "Content-Disposition:attachment; filename=\"a\""),
    *("WWW-Authenticate:Basic realm=\"a\"", "Retry-After:5", "Alt-Svc:h3=\":443\"", "Strict-Transport-Security:max-age=1"),
    *("Access-Control-Allow-Origin:*", "Age:5", "Warning:199 - \"a\"", "Content-Length:4", "P3P:a", "Last-Modified:x"),
]
ANSWERS = [
    *(_answer(f"status {status}", status=status) for status in _STATUSES),
    *(_answer(f"answer with {line}", line) for line in _ANSWERS),
    _answer("HEAD of an answer", method="HEAD"),
    _answer("HEAD of 404", method="HEAD", status=404),
    _answer("two cookies", "Set-Cookie:a=b", "Set-Cookie:c=d"),
    _answer("two headers of one name", "X-Two:a", "X-Two:b"),
    *(
        _answer(f"a header of {size} bytes", more=f"&large={size}")
        for size in (3800, 5000, 9000, 14000, 28000)
    ),
    _answer("a header of 40000 bytes", more="&large=40000", differs="sizes", host=502, edge=502),
    _answer("early hints", more="&early=%3C/a%3E"),
    _answer("an empty Content-Type", "Content-Type:", differs="empty Content-Type"),
    _answer("an upgrade that is offered", "Upgrade:h2c", differs="of a connection"),
    Case(name="a trailer", pieces=(_request("GET", "/trailed", "TE: trailers"),), differs="trailers"),
    Case(name="an empty body", pieces=(_request("GET", "/answer"),)),
]

FILES = [
    Case(name=f"a file, {', '.join(lines) or 'whole'}", pieces=(_request(method, "/file", *lines),))
    for method, lines in [
        ("GET", ()),
        ("HEAD", ()),
        ("GET", ("Range: bytes=0-9",)),
        ("GET", ("Range: bytes=-5",)),
        ("GET", ("Range: bytes=99999-",)),
        ("GET", ('If-None-Match: "v1"',)),
        ("GET", ('If-Match: "v2"',)),
        ("GET", ('If-Range: "v1"', "Range: bytes=2-4")),
        ("GET", ("If-Modified-Since: Sun, 09 Sep 2001 01:46:40 GMT",)),
        ("GET", ("Accept-Encoding: gzip",)),
    ]
]

_WEBSOCKET = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
_KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
UPGRADES = [
    _case("an upgrade to WebSocket", "GET", "/upgrade", *_WEBSOCKET, _KEY),
    _case("an upgrade to WebSocket in other letters", "GET", "/upgrade", "connection: keep-alive, Upgrade", "upgrade: WebSocket", _KEY),
    _case("a WebSocket without a key", "GET", "/upgrade", *_WEBSOCKET, differs="WebSocket without a key", host=400, edge=400),
    _case("an upgrade to something else", "GET", "/upgrade", "Connection: upgrade", "Upgrade: echo/1"),
    _case("no upgrade", "GET", "/upgrade"),
    _case("an upgrade that the service does not know", "GET", "/answer?body=x", *_WEBSOCKET, _KEY),
    _case("an upgrade with a body", "POST", "/mirror", "Connection: Upgrade", "Upgrade: echo/1", body=b"text", differs="of a connection"),
    _case("what curl --http2 asks", "GET", "/mirror", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk", differs="of a connection"),
]

CATALOGUE = [*METHODS, *TARGETS, *HEADERS, *HOSTS, *BODIES, *ANSWERS, *FILES, *UPGRADES]
