"""The live page: what people see of calls, and with what they steer them. Served by ingest, beside ACS's doors.

routing.py    addresses with keys that may hold any character
replies.py    errors, security headers, JSON
access.py     who may do what: links, cookie, origin
pages.py      the static files

store_link.py the transcript store, in a thread of its own
looks.py      what is known of one call, and looking.py where to ask for it
listing.py    many calls, and running.py those of them that Temporal runs
shapes.py     and details.py: what is known, as the JSON that is sent

feed.py       what there is to show of one call, numbered
pacing.py     wakes readers without ever keeping the sockets waiting
watch.py      fills the feed of one call, watching.py those of all that are watched
bus.py        captions between ingest processes, through PostgreSQL
live.py       the stream of events that a page reads

calls.py commands.py deliveries.py downloads.py searching.py
              the other doors
tasks.py      background work that fails alone
site.py       puts everything together
"""
