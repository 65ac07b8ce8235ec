"""Proxies of the environment, and the machine that we run on."""

import os
from urllib.parse import urlsplit
from urllib.request import getproxies_environment

HERE = ("localhost", "127.0.0.1")


def is_here(url: str) -> bool:
    """Whether an address is one of this machine: then no proxy matters, not even one of a kind that nobody here knows."""
    return urlsplit(url).hostname in HERE


def spare_this_machine() -> None:
    """Have this process and those that it starts reach their own machine directly, whatever proxy is to be used for others:
    the stack and its commands speak to each other there, and a proxy's `localhost` is another one.
    """
    proxies = getproxies_environment()
    spared = proxies.pop("no", "")
    if not proxies or spared.strip() == "*":
        return
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = ",".join(filter(None, (spared, *HERE)))
