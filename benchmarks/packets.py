"""How fast packets are read: by the parser alone, and by a socket's session."""

from benchmarks.conversation import BEGAN
from benchmarks.measure import Conditions, Figure, rate
from callscribe.acs.packets import parse_packet
from ingest.session import SocketSession


async def bench(conditions: Conditions) -> list[Figure]:
    """Every packet of the conversation, intermediates included, is read in one go."""
    talk = conditions.conversation
    amount = len(talk.packets)

    def parse() -> None:
        for packet in talk.packets:
            parse_packet(packet)

    def receive() -> None:
        session = SocketSession(stream="bench", opened_at=BEGAN)
        for packet in talk.packets:
            session.receive(packet, BEGAN)

    received = rate(amount, receive, conditions.rounds)
    basis = f"{amount} packets of {talk.name}"
    return [
        Figure(
            bench="packets",
            what="packets parsed",
            value=rate(amount, parse, conditions.rounds),
            unit="per second",
            basis=basis,
        ),
        Figure(bench="packets", what="packets through a session", value=received, unit="per second", basis=basis),
        Figure(
            bench="packets",
            what="faster than people speak",
            value=received * talk.seconds / amount,
            unit="ratio",
            basis="how many such calls, with intermediates, one core could read",
        ),
    ]
