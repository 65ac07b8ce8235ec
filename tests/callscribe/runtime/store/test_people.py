"""Who is on a call, and the names that people give."""

from datetime import timedelta

from callscribe.contracts.amendment import SealedCall
from callscribe.runtime.store import CallFilter, TranscriptStore
from callscribe.runtime.store.people import merged
from tests.callscribe.runtime.store.conftest import START, saving, sealing, segment

ADA = "4:+14255550123"
BOB = "8:acs:1-2_3-4"


def test_given_names_win() -> None:
    """Over sealed ones, which win over none; whoever was only heard comes last, without a name."""
    assert merged({"a": "A", "b": ""}, {"c": None, "a": None, "b": "B"}) == {"a": "A", "b": "B", "c": ""}


async def test_names_are_seen_by_every_reader(store: TranscriptStore) -> None:
    """During the call and after it; an empty name takes it back."""
    await store.save(saving(segment(1), segment(2, participant=BOB)))
    assert await store.name_participant("k", ADA, "  Countess ", at=START) == {ADA: "Countess", BOB: ""}
    await store.seal(sealing())
    found = await store.transcript("k")
    assert found is not None
    assert found.participants == (await store.calls())[0].participants == {ADA: "Countess", BOB: ""}
    assert (await store.sealed("k")).participants == {ADA: "Ada"}
    assert (await store.search("merger")).hits[-1].name == "Countess"
    assert await store.name_participant("k", ADA, "", at=START + timedelta(1)) == {ADA: "Ada", BOB: ""}


async def test_names_of_the_request_are_known_from_the_first_words_on(store: TranscriptStore) -> None:
    """To everybody who reads or searches; people's names win over them, and so does the seal. A later save changes none."""
    named = saving(segment(1), segment(2, participant=BOB)).model_copy(
        update={"names": {ADA: "Ada L.\x00", "4:+1": "Eve"}}
    )
    await store.save(named)
    await store.save(saving(segment(3)))
    found = await store.transcript("k")
    assert found is not None
    assert found.participants == {ADA: "Ada L.\ufffd", "4:+1": "Eve", BOB: ""}
    assert (await store.search("merger")).hits[0].name == "Ada L.\ufffd"
    assert [call.key for call in await store.calls(where=CallFilter(text="eve"))] == ["k"]
    assert await store.sealed("k") == SealedCall(key="k")
    assert (await store.name_participant("k", ADA, "Countess", at=START))[ADA] == "Countess"
    await store.save(named)
    assert (await store.calls())[0].participants[ADA] == "Countess"
    await store.name_participant("k", ADA, "", at=START + timedelta(1))
    await store.seal(sealing())
    await store.save(named)
    assert (await store.calls())[0].participants == {ADA: "Ada", BOB: ""}


async def test_a_name_may_come_before_the_first_word(store: TranscriptStore) -> None:
    """It makes no call by itself, and is there once the call is."""
    assert await store.name_participant("k", ADA, "Ada\x00", at=START) == {ADA: "Ada\ufffd"}
    assert await store.calls() == []
    await store.save(saving())
    assert (await store.calls(where=CallFilter(text="ada")))[0].participants == {ADA: "Ada\ufffd"}


async def test_calls_are_found_by_who_is_on_them(store: TranscriptStore) -> None:
    """By ids as people read them, by sealed and given names, by the key; and no longer by a name that was taken back."""

    async def found(text: str) -> list[str]:
        return [call.key for call in await store.calls(where=CallFilter(text=text))]

    await store.save(saving(segment(1), key="order-4711"))
    await store.save(saving(segment(1, participant=BOB), key="other"))
    assert await found("+1 425 555") == ["order-4711"]
    assert await found("ORDER 47") == ["order-4711"]
    assert await found("acs user") == ["other"]
    assert len(await found(" +")) == 2
    assert await found("%") == await found("")
    await store.name_participant("other", BOB, "Žofie", at=START)
    assert await found("zofie") == ["other"]
    await store.name_participant("other", BOB, "Bob", at=START)
    assert await found("zofie") == []
    await store.seal(sealing("order-4711"))
    assert await found("ada") == ["order-4711"]
