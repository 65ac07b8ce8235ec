"""The sockets of a call and the truth about what they took."""

from emulator.calls.effects import CloseSocket, Effect, Final, OpenSocket, SendPacket
from emulator.calls.record import SaidFinal
from emulator.calls.streams import Dialling, Streams
from tests.emulator.calls.drive import HELLO, Drive


def streams() -> tuple[Streams, list[Effect]]:
    """Sockets of a call of their own, and the effects they ask for."""
    context = Drive().call._context
    context.effects.clear()
    return Streams(context, "ws://x/t"), context.effects


def nothing(*_told: object) -> None:
    """What follows from a socket."""


def result(text: str) -> SendPacket:
    """A final result that has no socket yet."""
    final = Final(participant="4:+1", text=text, offset=1, duration=1, locale="en-US", subscription="s", stream=0)
    said = SaidFinal(participant="4:+1", text=text, said_at=0, fate="sent")
    return SendPacket(stream=0, text=text, final=final, said=said)


def test_a_socket_that_nobody_wants_any_more_is_closed() -> None:
    """A dial that was given up and succeeds all the same; one that fails then is nobody's."""
    them, effects = streams()
    them.dial(Dialling(opened=nothing, failed=nothing))
    them.close_all(0)
    them.opened(1, 0, 0)
    them.failed(1, 0, invalid_url=True)
    assert [type(effect) for effect in effects] == [OpenSocket, CloseSocket, CloseSocket]
    assert not them.is_busy


def test_no_url_no_socket() -> None:
    """A call without a transport URL dials nothing."""
    them = Streams(Drive().call._context, None)
    them.dial(Dialling(opened=nothing, failed=nothing))
    assert (them.newest, them.is_busy) == (0, False)


def test_what_one_socket_did_not_take_another_has() -> None:
    """A copy makes good what was lost, and is then no replay."""
    them, effects = streams()
    for _ in range(2):
        them.dial(Dialling(opened=nothing, failed=nothing))
    them.opened(1, 0, 0)
    them.opened(2, 0, 0)
    effects.clear()
    packet = result("hello")
    them.send(packet)
    first, second = (effect for effect in effects if isinstance(effect, SendPacket))
    them.lost_one(first)
    assert them.lost == 1
    them.packet_sent(second)
    assert (them.lost, them.delivered) == (0, 1)
    assert packet.said is not None
    assert (packet.said.fate, packet.said.stream) == ("sent", 2)
    assert [final.replay for final in them.sent] == [False]
    them.packet_accepted(second)
    assert them.sent[0].accepted
    assert packet.said.accepted


def test_a_lost_replay_is_no_loss() -> None:
    """It had been taken before."""
    them, effects = streams()
    them.dial(Dialling(opened=nothing, failed=nothing))
    them.opened(1, 0, 0)
    them.send(result("hello"))
    them.replay(5, 1, "other")
    original, again = (effect for effect in effects if isinstance(effect, SendPacket))
    them.packet_sent(original)
    them.lost_one(again)
    assert (them.lost, them.delivered) == (0, 1)
    assert again.final is not None
    assert (again.final.replay, again.final.subscription) == (True, "other")


def test_held_back_packets_keep_their_order() -> None:
    """Whatever was held goes out in order, a replay to the socket that it was meant for."""
    them, effects = streams()
    them.dial(Dialling(opened=nothing, failed=nothing))
    them.opened(1, 0, 0)
    them.send(result("one"))
    effects.clear()
    them.hold()
    them.say("metadata")
    them.replay(1, 1, "s")
    them.send(result("two"))
    assert effects == []
    them.release()
    sent = [effect for effect in effects if isinstance(effect, SendPacket)]
    assert [packet.text for packet in sent] == ["metadata", "one", "two"]
    assert {packet.stream for packet in sent} == {1}


def test_not_meant_for_a_socket() -> None:
    """Lost while transcription was on, undelivered while it was not: only the former is a loss."""
    them, _ = streams()
    them.unsent(HELLO.lines[0], 1.0, fate="lost")
    them.unsent(HELLO.lines[1], 2.0, fate="undelivered")
    assert them.lost == 1
    assert [said.fate for said in them.record.finals] == ["lost", "undelivered"]
