"""Finding what was said, from a store with a few calls; no stack has to run."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from callscribe.runtime.store import TranscriptStore
from cli.main import run
from cli.search import left_out, quoted
from tests.callscribe.runtime.store.conftest import opening, saving, segment

Ask = Callable[..., tuple[int, str, str]]
URL = "http://calls.example:8080"


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """`callscribe search` with these arguments; exit code, standard output, standard error."""
    url = f"sqlite+aiosqlite:///{tmp_path / 's.sqlite'}"
    monkeypatch.setenv("CALLSCRIBE_HOME", str(tmp_path))
    monkeypatch.setenv("CALLSCRIBE_STORE_URL", url)
    monkeypatch.setenv("CALLSCRIBE_PUBLIC_HTTP_URL", URL)

    async def fill() -> None:
        async with await TranscriptStore.open(url) as store:
            said = (
                "My suitcase has a broken wheel.",
                "We refund it on Friday.",
                "Auf Friday freue ich mich, [bold]grüßend[/bold]\n.",
            )
            for number, text in enumerate(said, start=1):
                await store.save(saving(segment(number, text=text), key="order/1"))
            late = segment(4000, text="A refund? " + "Well, well. " * 60)
            await store.save(saving(late, key="long", streams=(opening("s1"),)))

    asyncio.run(fill())

    def carry_out(*arguments: str) -> tuple[int, str, str]:
        code = run(["search", *arguments])
        return code, *capsys.readouterr()

    return carry_out


def test_a_pipe_gets_a_line_a_hit(ask: Ask) -> None:
    """The newest first: call, time into it, speaker, words, and the address of the moment."""
    code, stdout, stderr = ask("refund")
    assert (code, stderr) == (0, "")
    first, second = stdout.splitlines()
    assert first.startswith("long 1:06:39 +1 425 555 0123: A refund? Well")
    assert first.endswith(f"… {URL}/calls/long#s1:4000")
    assert second == f"order/1 0:01 +1 425 555 0123: We refund it on Friday. {URL}/calls/order%2F1#s1:2"


def test_a_terminal_gets_the_matches_marked(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """As wide as it is; nothing that was said is taken for markup."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "40")
    stdout = ask("grussend")[1]
    assert "\x1b[1;33mgrüßend\x1b[0m" in stdout
    assert "[bold]" in stdout
    assert len(stdout.splitlines()) == 4


def test_colours_make_no_terminal_of_a_pipe(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line a hit stays a line."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert len(ask("refund")[1].splitlines()) == 2


@pytest.mark.parametrize("is_terminal", [False, True], ids=["pipe", "terminal"])
def test_nothing_steers_the_terminal(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_terminal: bool
) -> None:
    """Neither a call's key, nor a name, nor an id of a participant, whoever chose it."""
    steering = "\x1b]0;owned\x07\x9b2J"

    async def fill() -> None:
        async with await TranscriptStore.open(f"sqlite+aiosqlite:///{tmp_path / 's.sqlite'}") as store:
            for number, person in enumerate(("8:acs:named", f"x{steering}"), start=1):
                said = segment(number, text=f"zebra {steering}", participant=person)
                await store.save(saving(said, key=f"key{steering}{number}"))
            await store.name_participant(f"key{steering}1", "8:acs:named", f"Ada{steering}", at=segment(1).received_at)

    asyncio.run(fill())
    monkeypatch.setattr("sys.stdout.isatty", lambda: is_terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    code, stdout, _ = ask("zebra")
    assert (code, stdout.count("key")) == (0, 4)
    assert not any(sign in stdout for sign in ("\x1b]", "\x07", "\x9b"))


def test_what_joins_letters_is_shown(ask: Ask, tmp_path: Path) -> None:
    """As in every other command: words that are copied from what was found are found again."""
    text = "می\u200cکنم 👩\u200d👧"

    async def fill() -> None:
        async with await TranscriptStore.open(f"sqlite+aiosqlite:///{tmp_path / 's.sqlite'}") as store:
            await store.save(saving(segment(1, text=text), key="persian"))

    asyncio.run(fill())
    assert text in ask("می\u200cکنم")[1]


def test_scripts_get_everything(ask: Ask) -> None:
    """One object a line, offsets as digits."""
    (line,) = ask("wheel", "--json")[1].splitlines()
    hit = json.loads(line)
    assert (hit["call"], hit["stream"], hit["position"], hit["offset"]) == ("order/1", "s1", 1, str(segment(1).offset))
    assert [part["text"] for part in hit["parts"] if part["match"]] == ["wheel"]
    assert hit["link"] == f"{URL}/calls/order%2F1#s1:1"


def test_scripts_go_on_where_a_page_ended(ask: Ask) -> None:
    """The last hit says where, as long as there is more."""
    first, second = (json.loads(line) for line in ask("fri*", "--limit", "2", "--json")[1].splitlines())
    assert (first["after"], second["after"]) == (None, None)
    (first,) = (json.loads(line) for line in ask("friday", "--limit", "1", "--json")[1].splitlines())
    (second,) = (json.loads(line) for line in ask("friday", "--json", "--after", first["after"])[1].splitlines())
    assert (first["position"], second["position"], second["after"]) == (3, 2, None)


def test_what_is_asked_for(ask: Ask) -> None:
    """Words, a phrase, a beginning, what must not be there, one call, one page after another."""
    assert len(ask("refund", "friday")[1].splitlines()) == 1
    assert len(ask("friday")[1].splitlines()) == 2
    assert len(ask("on friday")[1].splitlines()) == 1
    assert len(ask("fri*", "--without", "refund")[1].splitlines()) == 1
    assert len(ask("refund", "--call", "call-long")[1].splitlines()) == 1
    code, first, stderr = ask("refund", "--limit", "1")
    assert (code, first.split()[0]) == (0, "long")
    place = stderr.split("--after ")[1].split(",")[0]
    assert ask("refund", "--limit", "1", "--after", place)[1].split()[0] == "order/1"


def test_nothing_found(ask: Ask) -> None:
    """A hint; for scripts no line; and a call that is not there is said to be none."""
    code, stdout, stderr = ask("elephant")
    assert (code, stderr) == (0, "")
    assert "refu*" in stdout
    assert ask("elephant", "--json") == (0, "", "")
    assert ask("elephant", "--call", "long")[0] == 0
    code, stdout, stderr = ask("refund", "--call", "unknown")
    assert (code, stdout) == (3, "")
    assert "no call 'unknown'" in stderr


def test_queries_that_ask_nothing(ask: Ask) -> None:
    """One line that says what to type."""
    for arguments, part in ((("?!",), "at least one word"), (("refund", "--after", "x"), "Begin again without it")):
        code, stdout, stderr = ask(*arguments)
        assert (code, stdout) == (2, "")
        assert part in stderr


@pytest.mark.parametrize(
    ("argument", "read"),
    [
        ("one", "one"),
        ("", ""),
        ("on friday", '"on friday"'),
        ("on fri*", '"on fri*"'),
        ("refund -friday", "refund -friday"),
        ('a "b c"', 'a "b c"'),
        ("a “b c”", 'a "b c"'),
        ("suit* friday", "suit* friday"),
    ],
)
def test_what_the_shell_left(argument: str, read: str) -> None:
    """Several words in one argument are a phrase, unless its own signs say something else."""
    assert quoted(argument) == read


@pytest.mark.parametrize(
    ("argument", "read"),
    [
        ("one", "-one"),
        ("on friday", '-"on friday"'),
        ('a "b c"*  d*', '-a -"b c"* -d*'),
        ("-a", "--a"),
        ('a"b', '-a -"b'),
        ("", ""),
    ],
)
def test_all_of_an_argument_is_left_out(argument: str, read: str) -> None:
    """None of it has to be there."""
    assert left_out(argument) == read
