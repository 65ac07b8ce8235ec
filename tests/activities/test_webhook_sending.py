"""One attempt, against real receivers that answer well, badly, slowly, endlessly, or not at all."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from activities import webhook_sending
from activities.webhook_sending import RETRIED, Answer, judged, open_sender
from callscribe.runtime.settings import SettingsError
from callscribe.runtime.webhooks import Hook
from cli.ports import free_port
from tests.callscribe.runtime.store.conftest import START
from tests.support.webhook_receiver import SECRET, receiving

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OTHER_SECRET = "whsec_aHVudGVyM2h1bnRlcjNodW50ZXIzaHVudGVyM2h1bnRlcjM="


def hook(url: str, *secrets: str) -> Hook:
    """A webhook at `url`."""
    return Hook.model_validate({"name": "crm", "url": url, "secret": list(secrets or (SECRET,))})


async def attempt(url: str, *secrets: str) -> Answer:
    """One attempt with a sender of its own."""
    async with open_sender() as sender:
        return await sender.post(hook(url, *secrets), "msg_1", '{"type":"ping","data":{}}')


@asynccontextmanager
async def raw_server(handler: Handler) -> AsyncIterator[str]:
    """The address of a server that says whatever it likes."""
    port = free_port()
    server = await asyncio.start_server(handler, "127.0.0.1", port)
    async with server:
        yield f"http://127.0.0.1:{port}/x?token=hidden"


async def test_a_message_that_is_taken() -> None:
    """Signed by each of the secrets, so that a receiver with either one takes it; posted to the whole address."""
    async with receiving() as receiver:
        for secrets in ((SECRET,), (OTHER_SECRET, SECRET), (SECRET, OTHER_SECRET)):
            answer = await attempt(receiver.url, *secrets)
            assert answer == Answer(status=204)
            assert answer.is_taken
        assert receiver.received[1].headers["webhook-signature"].count("v1,") == 2
        assert {message.id for message in receiver.received} == {"msg_1"}


async def test_a_redirect_is_not_followed() -> None:
    """Where it leads nobody is called; it is final, and says what to do."""
    async with receiving() as elsewhere, receiving() as receiver:
        receiver.answer(307, headers={"location": elsewhere.url})
        answer = await attempt(receiver.url)
        assert answer.is_final
        assert "configure the address it leads to" in answer.error
        assert elsewhere.received == []


@pytest.mark.parametrize("name", ["HTTP_PROXY", "ALL_PROXY"])
async def test_what_stays_on_this_machine_goes_through_no_proxy(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """It is not encrypted: whoever keeps the proxy could read it, and its own `localhost` is another one."""
    async with receiving() as proxy, receiving() as receiver:
        monkeypatch.setenv(name, proxy.url.partition("/hook")[0])
        assert (await attempt(receiver.url)).is_taken
        assert (len(receiver.received), proxy.received) == (1, [])


@pytest.mark.parametrize("proxy", ["socks5://me:hunter2@proxy:1080", "socks://proxy", "http://me:hunter2@proxy:31x8"])
async def test_a_proxy_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    """Said in a line, without its password; who has no webhooks need not care."""
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(SettingsError, match="ALL_PROXY") as caught:
        async with open_sender():
            pass
    assert "hunter2" not in str(caught.value)
    async with open_sender(is_proxied=False):
        pass


async def test_cookies_are_not_brought_back() -> None:
    """What a receiver says is not said back to it."""
    async with receiving() as receiver, open_sender() as sender:
        receiver.answer(200, headers={"set-cookie": "a=b"})
        for _ in range(2):
            await sender.post(hook(receiver.url), "msg_1", '{"data":{}}')
        assert "cookie" not in receiver.received[1].headers


async def test_nobody_there() -> None:
    """Tried again; the address's query is not quoted."""
    answer = await attempt(f"http://127.0.0.1:{free_port()}/x?token=hidden")
    assert (answer.status, answer.is_final, answer.is_taken) == (None, False, False)
    assert answer.error.startswith("could not be reached: ")
    assert "hidden" not in answer.error


async def test_a_receiver_that_takes_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte now and then keeps no attempt alive beyond its limit."""
    monkeypatch.setattr(webhook_sending, "ATTEMPT_S", 0.5)

    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        with contextlib.suppress(ConnectionError):
            for number in range(100):
                writer.write(f"x-{number}: y\r\n".encode())
                await writer.drain()
                await asyncio.sleep(0.1)
        writer.close()

    async with raw_server(drip) as url:
        answer = await attempt(url)
    assert (answer.status, answer.is_final) == (None, False)
    assert answer.error.startswith("no answer within")


async def test_nobody_waits_for_a_connection() -> None:
    """More receivers than an HTTP client usually speaks to, none of which answers before all have been called."""
    everybody = asyncio.Barrier(101)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        await everybody.wait()
        writer.write(b"HTTP/1.1 204 No\r\nconnection: close\r\n\r\n")
        writer.close()

    async with raw_server(answer) as url, open_sender() as sender:
        answers = await asyncio.gather(*(sender.post(hook(url), f"msg_{n}", "{}") for n in range(everybody.parties)))
    assert [answer for answer in answers if not answer.is_taken] == []


async def test_an_endless_answer_is_not_read() -> None:
    """Only its beginning; its status counts."""

    async def flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 422 No\r\ncontent-type: text/plain\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(b"\x1b[31mno\n" * 1000)
                await writer.drain()

    async with raw_server(flood) as url:
        answer = await attempt(url)
    assert (answer.status, answer.is_final) == (422, True)
    assert answer.error.startswith("answered 422: [31mno [31mno")
    assert len(answer.error) < 230


@pytest.mark.parametrize(("status", "taken"), [(200, True), (500, False)])
@pytest.mark.parametrize("is_broken", [True, False])
async def test_the_status_decides(status: int, taken: bool, is_broken: bool) -> None:
    """Whatever becomes of the body: one that breaks off, and one that never ends."""
    over = asyncio.Event()

    async def say_half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(f"HTTP/1.1 {status} So\r\ncontent-length: 9\r\n\r\nhalf".encode())
        await writer.drain()
        if not is_broken:
            await over.wait()
        writer.close()

    async with raw_server(say_half) as url:
        answer = await attempt(url)
        over.set()
    assert (answer.status, answer.is_taken) == (status, taken)
    assert taken or answer.error == "answered 500: half"


@pytest.mark.parametrize("said", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-le"])
async def test_what_is_no_answer(said: bytes) -> None:
    """A connection that is closed, speaks no HTTP, or breaks before the answer's headers end: tried again."""

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(said)
        writer.close()

    async with raw_server(hang_up) as url:
        answer = await attempt(url)
    assert (answer.status, answer.is_final, answer.is_taken) == (None, False, False)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_taken(status: int) -> None:
    """Every 2xx."""
    assert judged(status, {}, "ok", START) == Answer(status=status)


@pytest.mark.parametrize("status", [301, 302, 308, 400, 401, 403, 404, 405, 410, 413, 415, 422, 451])
def test_refused_for_good(status: int) -> None:
    """Redirects, and every 4xx that does not pass by itself."""
    answer = judged(status, {"retry-after": "5"}, "", START)
    assert answer.is_final
    assert answer.error.startswith(f"answered {status}")
    assert answer.delay is None


@pytest.mark.parametrize("status", [*sorted(RETRIED), 500, 502, 503, 504, 520, 599])
def test_tried_again(status: int) -> None:
    """After our own pause, or the receiver's; at least a second, at most an hour."""
    assert judged(status, {}, "", START) == Answer(status=status, error=f"answered {status}", is_final=False)
    for asked, kept in (("7", 7), ("0", 1), ("86400", 3600), ("Sun, 22 Nov 2026 09:31:00 GMT", 59.876544)):
        assert judged(status, {"Retry-After": asked}, "", START).delay == timedelta(seconds=kept)
    assert judged(status, {"Retry-After": "soon"}, "", START).delay is None
