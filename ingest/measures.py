"""What ingest counts, for `/metrics`. Every name begins with `callscribe_ingest_`.

packets_total{kind}         packets received: final, intermediate, metadata, blank, other, unreadable
segments_total              final segments made durable
streams_total               sockets opened
sockets                     sockets open now
refused_total{door,status}  requests turned away before anything of them was read, or because there was no room
events_total{kind}          events received: event, unreadable, incoming
chunks_sent_total           chunks taken by Temporal
events_sent_total           events taken by Temporal
signal_retries_total{why}   attempts that will be made again, by gRPC status or kind of failure
late_total{what}            streams that amend a sealed transcript, and events that no longer matter
set_aside_total{what}       streams and events set aside because Temporal refuses them
streams_confirmed_total     streams that the workflow confirmed to have whole
outbox_failures_total       times that something could not be made durable at once
outbox_failing              1 while the outbox takes nothing
held                        sockets that hold something in memory and are not read until the outbox takes it
lost_total{what}            accepted and never made durable: the process was asked to end first, or the outbox lost the stream
caption_readers             live caption readers now
captions_dropped_total      live caption readers dropped for being too slow
page_readers                live pages that are open now
page_readers_held           of them, those whose connection takes nothing more until they read
outbox_waiting{what}        streams, segments, events, set_aside: what the outbox holds now
outbox_oldest_seconds       how long the oldest unsent segment or event has waited
temporal_connected          1 once Temporal has answered
"""

from callscribe.runtime.metrics import Registry


class Measures:
    """The metrics of one ingest process."""

    def __init__(self) -> None:
        self.registry = Registry("callscribe_ingest")
        counter, gauge = self.registry.counter, self.registry.gauge
        self.packets = counter("packets_total", "Packets received, by kind.")
        self.segments = counter("segments_total", "Final segments made durable.")
        self.streams = counter("streams_total", "Sockets opened.")
        self.sockets = gauge("sockets", "Sockets open now.")
        self.refused = counter("refused_total", "Requests turned away, by door and status.")
        self.events = counter("events_total", "Events received, by kind.")
        self.chunks_sent = counter("chunks_sent_total", "Chunks taken by Temporal.")
        self.events_sent = counter("events_sent_total", "Events taken by Temporal.")
        self.retries = counter("signal_retries_total", "Attempts that will be made again, by reason.")
        self.late = counter("late_total", "Streams that amend a sealed transcript, and events that no longer matter.")
        self.set_aside = counter("set_aside_total", "Streams and events set aside because Temporal refuses them.")
        self.confirmed = counter("streams_confirmed_total", "Streams that the workflow confirmed to have whole.")
        self.outbox_failures = counter(
            "outbox_failures_total", "Times that something could not be made durable at once."
        )
        self.failing = gauge("outbox_failing", "1 while the outbox takes nothing.")
        self.held = gauge("held", "Sockets that are not read until the outbox takes what they brought.")
        self.lost = counter("lost_total", "Accepted and never made durable.")
        self.caption_readers = gauge("caption_readers", "Live caption readers now.")
        self.captions_dropped = counter("captions_dropped_total", "Live caption readers dropped for being too slow.")
        self.page_readers = gauge("page_readers", "Live pages that are open now.")
        self.page_readers_held = gauge("page_readers_held", "Live pages whose connection takes nothing more now.")
        self.waiting = gauge("outbox_waiting", "What the outbox holds now.")
        self.oldest = gauge("outbox_oldest_seconds", "How long the oldest unsent segment or event has waited.")
        self.connected = gauge("temporal_connected", "1 once Temporal has answered.")
