"""Subtitle cues."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callscribe.transcript.cues import MAX_DURATION, MIN_DURATION, MIN_GAP, READING_RATE, Cue, cues
from callscribe.transcript.graphemes import width
from callscribe.transcript.model import Segment
from callscribe.transcript.sharing import shared_lines
from callscribe.transcript.timeline import lay_out
from callscribe.transcript.tokens import joined
from tests.callscribe.transcript.making import ALICE, BOB, participants, played, segment, stream

TWO_SECONDS = 20_000_000


def check_rules(found: tuple[Cue, ...]) -> None:
    """What holds for every track: one or two lines that fit, five sixths of a second to seven seconds, two frames apart,
    times in whole milliseconds.
    """
    for cue in found:
        assert 1 <= len(cue.texts) <= 2
        assert all(0 < width(line) <= cue.limit for line in cue.texts)
        assert cue.start % 10_000 == cue.end % 10_000 == 0
        assert MIN_DURATION <= cue.end - cue.start <= MAX_DURATION
    assert all(one.end + MIN_GAP <= two.start for one, two in pairwise(found))


def check_words(found: tuple[Cue, ...], said: list[Segment]) -> None:
    """Each participant's words are all there, in order."""
    for who in {one.participant for one in said}:
        own = [part for cue in found for part in cue.parts if part.participant == who]
        shown = [word for part in own for line in part.lines for word in joined(line).split()]
        assert "".join(shown) == "".join("".join(one.text.split()) for one in said if one.participant == who)


def lags(found: tuple[Cue, ...]) -> list[tuple[Cue, Cue, int]]:
    """Every part of a cue, its cue, and how many ticks too late it is shown: a part is due with its first word, but not
    before what the same participant said before it.
    """
    due: dict[str, int] = {}
    late = []
    for cue in found:
        for part in cue.parts:
            due[part.participant] = max(part.tokens[0].start, due.get(part.participant, 0))
            late.append((part, cue, cue.start - due[part.participant]))
    return late


def check_haste(found: tuple[Cue, ...]) -> None:
    """Nobody is two seconds late but behind a cue that stands no longer than it must and has no room for him."""
    before = {id(cue): last for last, cue in pairwise(found)}
    for part, cue, ticks in lags(found):
        if ticks >= TWO_SECONDS and part is cue.parts[0]:
            last = before[id(cue)]
            assert last.end - last.start == MIN_DURATION
            parts = (*last.parts, part)
            assert shared_lines([(one.label, one.tokens) for one in parts], min(one.limit for one in parts)) is None


def shown(said: list[Segment]) -> list[tuple[str, ...]]:
    """The texts of the cues, without labels."""
    return [cue.texts for cue in cues(lay_out(said, [stream()]))]


def test_a_short_phrase_is_one_cue_that_stands_long_enough() -> None:
    """`Yes.` takes a fifth of a second to say and a second to read."""
    (cue,) = cues(lay_out([segment(1, 3, "Yes.", duration=0.2)], [stream()]))
    assert (cue.start, cue.end, cue.texts) == (30_000_000, 40_000_000, ("Yes.",))


def test_cues_end_with_sentences_where_they_can() -> None:
    """Rather than fill both lines to the last column."""
    said = segment(
        1, 0, "The quarter was good. We grew in every region, and in most of them by two digits.", duration=8
    )
    assert shown([said]) == [
        ("The quarter was good.",),
        ("We grew in every region,", "and in most of them by two digits."),
    ]


def test_cues_are_cut_at_the_times_of_their_words() -> None:
    """A silence inside a segment is a silence between cues."""
    words = (("so", 0.0, 0.5), ("far", 0.5, 0.5), ("so", 6.0, 0.5), ("good", 6.5, 3.0))
    found = cues(lay_out([segment(1, 0, "So far so good", duration=9.5, words=words)], [stream()]))
    assert [cue.texts for cue in found] == [("So far",), ("so good",)]
    assert found[1].start == 60_000_000


def test_two_who_speak_at_once_share_one_track() -> None:
    """The second begins a little late so that the first can be read, and never on top of it."""
    said = [
        segment(1, 0, "I would say that this is not so", duration=5),
        segment(2, 1, "Right.", who=BOB, duration=0.5),
    ]
    found = cues(lay_out(said, [stream()]))
    check_rules(found)
    assert [cue.participant for cue in found] == [ALICE, BOB]
    assert 10_000_000 < found[1].start <= 25_000_000


def test_a_label_marks_a_change_of_speaker() -> None:
    """It counts as part of the line, and stands alone where a word leaves no room."""
    said = [
        segment(1, 0, "Hello."),
        segment(2, 2, "Are you there?"),
        segment(3, 4, "x" * 40, who=BOB),
        segment(4, 6, "Good.", duration=2),
    ]
    found = cues(lay_out(said, [stream()]), label=lambda who: f"{who[-3:]}:")
    assert [cue.texts for cue in found] == [
        ("100: Hello.",),
        ("Are you there?",),
        ("101:", "x" * 40),
        ("100: Good.",),
    ]


def test_segments_without_text_make_no_cue() -> None:
    """Silence that ACS reports as an empty final."""
    assert shown([segment(1, 0, "  "), segment(2, 3, "Hi.")]) == [("Hi.",)]


def test_a_short_pause_is_closed() -> None:
    """A text that is gone for a third of a second flickers; a longer pause stays."""
    said = [segment(1, 0, "One.", duration=2), segment(2, 2.3, "Two.", duration=2), segment(3, 6, "Three.", duration=2)]
    found = cues(lay_out(said, [stream()]))
    assert [cue.end for cue in found] == [23_000_000 - MIN_GAP, 43_000_000, 80_000_000]


def test_two_who_speak_at_once_have_a_track_each() -> None:
    """Where the format can show both, nobody begins late."""
    said = [
        segment(1, 0, "I would say that this is not so", duration=5),
        segment(2, 1, "Right.", who=BOB, duration=0.5),
        segment(3, 5.2, "Well.", who=BOB, duration=0.5),
    ]
    found = cues(lay_out(said, [stream()]), overlapping=True)
    assert [(cue.participant, cue.start) for cue in found] == [(ALICE, 0), (BOB, 10_000_000), (BOB, 52_000_000)]
    assert found[0].end == 52_000_000 - MIN_GAP


def test_whoever_was_cut_in_on_is_named_again() -> None:
    """Every change of speaker on the track is marked, also in the middle of a phrase."""
    said = [
        segment(1, 0, "The quarter was good and the next will be better. We grew in every region.", duration=9),
        segment(2, 3, "Right.", who=BOB, duration=0.5),
    ]
    found = cues(lay_out(said, [stream()]), label=lambda who: f"{who[-3:]}:")
    check_rules(found)
    speakers = [cue.participant for cue in found]
    assert speakers == [ALICE, BOB, ALICE]
    assert [bool(cue.label) for cue in found] == [True, True, True]


def test_a_phrase_that_is_cut_for_its_label_is_finished_first() -> None:
    """Its speaker's next one, which ACS heard at the same time, waits for the pieces."""
    said = [
        segment(1, 0, "Oh well", who=BOB, duration=8),
        segment(2, 1, "Right.", duration=0.5),
        segment(3, 6, "ever " * 15, duration=0),
        segment(4, 6, "No.", duration=0),
    ]
    found = cues(lay_out(said, [stream()]), label=lambda who: f"Speaker {who[-3:]}:")
    check_words(found, said)


def test_several_who_greet_at_once_share_cues() -> None:
    """A cue for each would show the sixth four seconds late."""
    people = [f"4:+1202555010{digit}" for digit in range(6)]
    said = [segment(at + 1, at * 0.36, "Good morning.", who=who, duration=0.6) for at, who in enumerate(people)]
    found = cues(lay_out(said, [stream()]), label=lambda who: f"{who[-3:]}:")
    check_rules(found)
    check_words(found, said)
    check_haste(found)
    assert [cue.texts for cue in found] == [
        ("100: Good morning.",),
        ("101: Good morning.",),
        ("102: Good morning. 103: Good morning.", "104: Good morning. 105: Good morning."),
    ]
    assert max(ticks for _, _, ticks in lags(found)) < TWO_SECONDS


def test_cues_never_fall_behind_a_lively_talk() -> None:
    """Ten minutes of three people who say two short phrases a second between them."""
    people = [ALICE, BOB, "4:+12025550102"]
    said = [segment(at + 1, at / 2, "I think so, yes.", who=people[at % 3], duration=0.5) for at in range(1200)]
    found = cues(lay_out(said, [stream()]), label=lambda who: f"{who[-3:]}:")
    check_rules(found)
    check_words(found, said)
    assert max(ticks for _, _, ticks in lags(found)) < TWO_SECONDS


def test_cues_keep_up_with_three_who_talk_at_once() -> None:
    """In sentences that fill cues of their own, without a pause, for ten minutes."""
    text = "I would say that this is not so because nobody had asked for it"
    people = [ALICE, BOB, "4:+12025550102"]
    begins = [(4 * turn + nth / 5, who) for turn in range(150) for nth, who in enumerate(people)]
    said = [segment(at, offset, text, who=who, duration=3.8) for at, (offset, who) in enumerate(begins, start=1)]
    found = cues(lay_out(said, [stream()]), label=lambda who: f"Speaker {who[-3:]}:")
    check_rules(found)
    check_words(found, said)
    check_haste(found)
    assert max(ticks for _, _, ticks in lags(found)) < 30_000_000


def test_japanese_is_cut_where_it_may_be() -> None:
    """Sixteen characters a line, none begins with closing punctuation."""
    said = segment(
        1,
        0,
        "今日はお電話ありがとうございます。担当の田中と申します、どうぞよろしくお願いいたします。",
        duration=9,
        locale="ja-JP",
    )
    assert shown([said]) == [
        ("今日はお電話", "ありがとうございます。"),
        ("担当の田中と申します、", "どうぞよろしくお願いいたします。"),
    ]


texts = st.lists(st.text("ab, .?é語の。\u0301😀ש", min_size=1, max_size=40), min_size=1, max_size=12).map("".join)
rows = st.lists(st.tuples(texts, st.integers(0, 30), st.integers(0, 25), st.sampled_from([ALICE, BOB])), max_size=6)


@given(rows, st.booleans())
def test_the_rules_hold_for_any_conversation(said: list[tuple[str, int, int, str]], labelled: bool) -> None:
    """Whatever is said, by whom and when."""
    segments = [
        segment(position, offset, text, who=who, duration=duration)
        for position, (text, offset, duration, who) in enumerate(sorted(said, key=lambda row: row[1]), start=1)
    ]
    line = lay_out(segments, [stream()])
    found = cues(line, label=(lambda who: f"Speaker {who[-1]}:") if labelled else None)
    check_rules(found)
    check_words(found, [one.segment for one in line])
    if labelled:
        parts = [part for cue in found for part in cue.parts]
        before = [None, *(part.participant for part in parts)]
        assert [bool(part.label) for part in parts] == [
            part.participant != last for part, last in zip(parts, before, strict=False)
        ]
        check_haste(found)
    apart = cues(line, overlapping=True)
    check_words(apart, [one.segment for one in line])
    for who in (ALICE, BOB):
        check_rules(tuple(cue for cue in apart if cue.participant == who))


@pytest.mark.parametrize("name", ["earnings21-4386541", "earnings21-4341191"])
def test_a_real_call_reads_well(real_calls: Path, name: str) -> None:
    """The rules hold, every word is there, hardly a cue is too fast, and few start late or end in mid-phrase."""
    script = real_calls / f"{name}.jsonl"
    said = list(played(script))
    names = participants(script)
    found = cues(lay_out(said, [stream()]), label=lambda who: f"{names[who]}:")
    check_rules(found)
    check_words(found, said)
    hasty = [
        cue for cue in found if sum(map(width, cue.texts)) * 10_000_000 > (READING_RATE + 3) * (cue.end - cue.start)
    ]
    assert len(hasty) < len(found) * 0.025
    assert max(ticks for _, _, ticks in lags(found)) < TWO_SECONDS


def test_six_days_of_a_real_loop_are_cut_in_seconds(real_calls: Path) -> None:
    """A fifth of Apollo 13's loop, long segments without word times included, and one whose thousand characters are
    said in seven seconds: nothing else is late.
    """
    script = real_calls / "apollo13.jsonl"
    said = list(played(script))[:2500]
    names = participants(script)
    found = cues(lay_out(said, [stream()]), label=lambda who: f"{names[who]}:")
    check_rules(found)
    check_words(found, said)
    check_haste(found)
    late = [part.tokens[0].start for part, _, ticks in lags(found) if ticks >= TWO_SECONDS]
    assert all(112_036 < start / 10_000_000 <= 112_043 for start in late)
