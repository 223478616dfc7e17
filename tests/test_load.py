"""The load client against small servers on loopback: above all, that it does count what is lost."""

import asyncio
import socket
import ssl
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.load import Cause, Plan, Result, run

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Answer = Callable[[int, asyncio.StreamWriter], Awaitable[None]]


def load(answer: Answer, **options: Any) -> tuple[Result, list[str]]:
    """Runs a plan against a server that calls `answer` with each request's number; also the request lines it got.

    /echo and /slow it answers by itself, as the example service does.
    """
    lines: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                size = next(
                    (int(x.split(":")[1]) for x in head.splitlines() if x.startswith("Content-Length")), 0
                )
                await reader.readexactly(size)
                lines.append(head.splitlines()[0])
                path = lines[-1].split()[1]
                if path in ("/echo", "/slow?ms=2000"):
                    body = f'{{"bytes":{size}}}' if path == "/echo" else '{"ms":2000}'
                    writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
                else:
                    await answer(len(lines) - 1, writer)
                if writer.is_closing():
                    return
                await writer.drain()
        except (EOFError, OSError):
            pass
        finally:
            writer.close()

    async def both() -> Result:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            return await run(Plan(**{"url": f"http://127.0.0.1:{port}/x", "timeout": 5, **options}))

    return asyncio.run(both()), lines


async def ok(number: int, writer: asyncio.StreamWriter) -> None:
    writer.write(OK)


def test_every_scheduled_request_is_answered_over_the_kept_connections() -> None:
    result, lines = load(ok, rate=100, seconds=1, connections=4)
    assert (result.scheduled, result.answered, result.lost) == (100, 100, 0)
    assert lines == ["GET /x HTTP/1.1"] * 100
    assert result.opened >= 4


def test_without_keep_alive_each_request_has_its_own_connection() -> None:
    result, _ = load(ok, rate=50, seconds=1, keep_alive=False)
    assert (result.opened, result.lost) == (50, 0)


def test_a_reset_in_place_of_an_answer_is_lost_and_not_sent_again() -> None:
    async def reset_every_fifth(number: int, writer: asyncio.StreamWriter) -> None:
        if number % 5 == 4:
            writer.transport.abort()
        else:
            writer.write(OK)

    result, lines = load(reset_every_fifth, rate=100, seconds=1)
    assert result.lost == 20
    assert result.causes == {Cause.RESET: 20}
    assert len(lines) == 100


def test_a_get_whose_connection_hung_up_is_sent_once_more_where_the_plan_says_so() -> None:
    async def hang_up_once_in_a_while(number: int, writer: asyncio.StreamWriter) -> None:
        if number % 10 == 9:
            writer.close()
        else:
            writer.write(OK)

    result, lines = load(hang_up_once_in_a_while, rate=50, seconds=1, connections=1, again=True)
    assert (result.lost, result.again) == (0, 5), result
    assert len(lines) == 55


def test_half_an_answer_is_lost_to_those_who_ask_once_more_too() -> None:
    async def half(number: int, writer: asyncio.StreamWriter) -> None:
        writer.write(OK[:-1] if number else OK)
        if number:
            writer.close()

    result, _ = load(half, rate=10, seconds=1, connections=1, again=True)
    assert (result.lost, result.again) == (9, 0), result


def test_what_a_new_connection_does_not_answer_is_lost_and_not_asked_a_third_time() -> None:
    async def first_alone(number: int, writer: asyncio.StreamWriter) -> None:
        if number:
            writer.close()
        else:
            writer.write(OK)

    result, lines = load(first_alone, rate=10, seconds=1, connections=1, again=True)
    assert (result.lost, result.again) == (9, 1), result
    assert result.causes == {Cause.RESET: 9}
    assert len(lines) == 11


def test_a_post_is_never_sent_once_more() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{"bytes":1000}')
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    async def asked() -> Result:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            return await run(
                Plan(url=f"http://127.0.0.1:{port}/", rate=10, seconds=1, connections=1, posts=1, again=True)
            )

    result = asyncio.run(asked())
    assert result.lost == 5 and result.again == 0, result


def test_half_an_answer_is_lost() -> None:
    async def half(number: int, writer: asyncio.StreamWriter) -> None:
        writer.write(OK[:-1])
        writer.close()

    result, _ = load(half, rate=20, seconds=1)
    assert result.causes == {Cause.RESET: 20}


def test_a_connection_that_was_closed_while_idle_is_no_loss() -> None:
    async def close_after(number: int, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        await writer.drain()
        writer.close()

    result, _ = load(close_after, rate=5, seconds=2, connections=1)
    assert result.lost == 0
    assert result.opened > 1


def test_status_wrong_body_and_timeout_are_told_apart() -> None:
    async def mixed(number: int, writer: asyncio.StreamWriter) -> None:
        if number == 0:
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
        elif number == 1:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother")
        elif number != 2:
            writer.write(OK)

    result, _ = load(mixed, rate=10, seconds=1, expect="ok", timeout=3)
    assert result.causes == {Cause.STATUS: 1, Cause.BODY: 1, Cause.TIMEOUT: 1}
    assert result.lost == 3


def test_nobody_listening_is_a_connect_error_for_every_request() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        result = asyncio.run(
            run(Plan(url=f"http://127.0.0.1:{free.getsockname()[1]}/", rate=20, seconds=0.5))
        )
    assert (result.scheduled, result.causes) == (10, {Cause.CONNECT: 10})


def test_a_server_that_stops_answering_does_not_slow_the_schedule() -> None:
    async def never(number: int, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(1.5)
        writer.write(OK)

    result, _ = load(never, rate=50, seconds=1, connections=2)
    assert (result.scheduled, result.lost) == (50, 0)
    assert result.opened >= 40
    assert result.latency(0) >= 1.4


def test_chunked_answers_are_read_whole() -> None:
    async def chunked(number: int, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")

    result, _ = load(chunked, rate=20, seconds=1, expect="abcde")
    assert result.lost == 0


def test_posts_slow_requests_and_uploads_are_sent_as_planned() -> None:
    result, lines = load(ok, rate=40, seconds=1, posts=0.5, slow=0.05, upload=200_000, upload_seconds=0.2)
    assert result.lost == 0
    assert lines.count("GET /x HTTP/1.1") == 20
    assert lines.count("GET /slow?ms=2000 HTTP/1.1") == 2
    posts = lines.count("POST /echo HTTP/1.1")
    assert posts >= 18 + 1, "every second request but the slow ones, and uploads"
    assert result.scheduled == len(lines)
    assert len(result.latencies) == 38, "of what is neither slow on purpose nor an upload"


def test_a_post_that_did_not_arrive_whole_is_lost() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"bytes":9}')
        writer.close()

    async def both() -> Result:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            return await run(Plan(url=f"http://127.0.0.1:{port}/", rate=10, seconds=0.5, posts=1, timeout=5))

    assert asyncio.run(both()).causes == {Cause.BODY: 5}


def test_over_tls_a_name_is_asked_for_and_what_is_lost_is_counted_as_well(tmp_path: Path) -> None:
    made = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=x -keyout key -out crt"
    subprocess.run(made.split(), cwd=tmp_path, check=True, capture_output=True)
    secured = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    secured.load_cert_chain(tmp_path / "crt", tmp_path / "key")
    names, hosts = list[str | None](), list[str]()

    def named(_: object, name: str | None, __: object) -> None:
        names.append(name)

    secured.sni_callback = named

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                hosts.append(next(line for line in head.splitlines() if line.startswith("Host")))
                writer.write(OK if len(hosts) % 2 else OK.replace(b"200", b"503"))
        except (EOFError, OSError):
            writer.close()

    async def both() -> Result:
        async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=secured) as server:
            port = server.sockets[0].getsockname()[1]
            plan = Plan(
                url=f"https://127.0.0.1:{port}/", name="shop.example", rate=20, seconds=1, connections=1
            )
            return await run(plan)

    result = asyncio.run(both())
    assert set(names) == {"shop.example"}
    assert set(hosts) == {"Host: shop.example"}
    assert (result.answered, result.causes) == (10, {Cause.STATUS: 10})
