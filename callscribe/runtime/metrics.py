"""Metrics in Prometheus' text format: the counters and gauges of one process, in one registry. No threads, no I/O.

Format: https://prometheus.io/docs/instrumenting/exposition_formats/ (version 0.0.4).
"""

from typing import Final, Literal

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_Labels = tuple[tuple[str, str], ...]


class Metric:
    """One number for each combination of labels that was seen."""

    def __init__(self, name: str, kind: Literal["counter", "gauge"], help_text: str) -> None:
        self.name = name
        self.kind = kind
        self.help_text = help_text
        self._values: dict[_Labels, float] = {}

    def add(self, amount: float = 1, **labels: str) -> None:
        """Count `amount` more; a counter takes no negative amount."""
        if self.kind == "counter" and amount < 0:
            raise ValueError(f"{self.name} is a counter and never falls.")
        key = _key(labels)
        self._values[key] = self._values.get(key, 0) + amount

    def set(self, value: float, **labels: str) -> None:
        """A gauge's value from now on."""
        if self.kind == "counter":
            raise ValueError(f"{self.name} is a counter and is not set.")
        self._values[_key(labels)] = value

    def value(self, **labels: str) -> float:
        """The value now; 0 where nothing was ever counted."""
        return self._values.get(_key(labels), 0)

    def lines(self) -> list[str]:
        """The metric as Prometheus reads it; one without labels is there from the start, as 0."""
        head = [f"# HELP {self.name} {_escaped(self.help_text)}", f"# TYPE {self.name} {self.kind}"]
        values = self._values or {(): 0}
        return head + [f"{self.name}{_braces(labels)} {_number(value)}" for labels, value in sorted(values.items())]


class Registry:
    """All metrics of a process, under one prefix."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._metrics: dict[str, Metric] = {}

    def counter(self, name: str, help_text: str) -> Metric:
        """A number that only grows; by Prometheus' custom `name` ends in `_total`."""
        return self._made(name, "counter", help_text)

    def gauge(self, name: str, help_text: str) -> Metric:
        """A number that goes up and down."""
        return self._made(name, "gauge", help_text)

    def names(self) -> list[str]:
        """The full names, in the order in which they were made."""
        return list(self._metrics)

    def render(self) -> str:
        """The page that Prometheus reads."""
        return "".join(line + "\n" for metric in self._metrics.values() for line in metric.lines())

    def _made(self, name: str, kind: Literal["counter", "gauge"], help_text: str) -> Metric:
        metric = Metric(f"{self._prefix}_{name}", kind, help_text)
        if metric.name in self._metrics:
            raise ValueError(f"{metric.name} is there already.")
        self._metrics[metric.name] = metric
        return metric


def _key(labels: dict[str, str]) -> _Labels:
    return tuple(sorted(labels.items()))


def _braces(labels: _Labels) -> str:
    pairs = ",".join(f'{name}="{_escaped(value, quote=True)}"' for name, value in labels)
    return f"{{{pairs}}}" if pairs else ""


def _escaped(text: str, *, quote: bool = False) -> str:
    text = text.replace("\\", r"\\").replace("\n", r"\n")
    return text.replace('"', r"\"") if quote else text


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
