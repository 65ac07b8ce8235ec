"""The player says everything once, in order, when it is due."""

from hypothesis import given
from hypothesis import strategies as st

from emulator.player import Player
from emulator.scripts import CallScript, Line, silence, spread

times = st.tuples(st.integers(0, 5000), st.integers(1, 3000))


def script(spans: list[tuple[int, int]]) -> CallScript:
    """A script with a line for each (offset, duration)."""
    lines = tuple(
        Line(
            participant="4:+1",
            offset_ms=offset,
            duration_ms=duration,
            text=f"line {number} has a few words",
            words=spread(f"line {number} has a few words", offset, duration),
        )
        for number, (offset, duration) in enumerate(spans)
    )
    return CallScript(name="s", locale="en-US", participants={}, lines=lines)


@given(st.lists(times, max_size=12), st.floats(0.1, 100), st.booleans(), st.lists(st.floats(0, 10), max_size=20))
def test_everything_once_and_in_order(
    spans: list[tuple[int, int]], speed: float, intermediates: bool, steps: list[float]
) -> None:
    """Whatever the steps of the clock, each final is taken once, at or after its end, in order of ends."""
    played = script(spans)
    player = Player(played, speed, with_intermediates=intermediates)
    assert player.next_due() is None
    player.start(100.0)
    taken: list[Line] = []
    now = 100.0
    for step in [*steps, 1_000_000.0]:
        now += step
        while (spoken := player.take(now)) is not None:
            assert 100.0 + spoken.line.offset_ms / 1000 / speed <= now
            if spoken.is_final:
                taken.append(spoken.line)
    assert player.finished
    assert player.next_due() is None
    assert taken == sorted(played.lines, key=lambda line: (line.end_ms, played.lines.index(line)))


def test_intermediates_come_before_their_final() -> None:
    """A growing count of words, and then all."""
    player = Player(script([(0, 3000)]), 1.0, with_intermediates=True)
    player.start(0.0)
    counts = []
    while (spoken := player.take(10.0)) is not None:
        counts.append(spoken.words)
    assert counts == [1, 2, 3, 4, 5, None]


def test_halted_for_good() -> None:
    """Nothing is due after the halt, and the position stands still."""
    player = Player(script([(0, 1000)]), 2.0, with_intermediates=False)
    player.start(0.0)
    player.start(5.0)
    player.halt(0.25)
    player.halt(9.0)
    assert player.next_due() is None
    assert player.take(100.0) is None
    assert player.position_ms(100.0) == 500


def test_added_lines_find_their_place() -> None:
    """What is said besides the script falls due among it."""
    player = Player(script([(0, 1000), (2000, 1000)]), 1.0, with_intermediates=True)
    player.start(0.0)
    words = spread("something else said", 1000, 900)
    player.say(Line(participant="4:+2", offset_ms=1000, duration_ms=900, text="x", words=words))
    finals = []
    while (spoken := player.take(60.0)) is not None:
        if spoken.is_final:
            finals.append(spoken.line.participant)
    assert finals == ["4:+1", "4:+2", "4:+1"]
    assert player.lines_total == 3


def test_silence() -> None:
    """A script without a word is finished when it begins."""
    player = Player(silence(), 1.0, with_intermediates=True)
    player.start(0.0)
    assert player.finished
    assert player.next_due() is None
