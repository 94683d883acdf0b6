# SPDX-License-Identifier: GPL-2.0-or-later
"""Messages of clients, and ways to cut them, for the tests of filters that read streams."""
import random

from readme import hello, records

ACK, SYN, URG, RST = 0x18, 2, 0x38, 0xc  # PSH distinguishes all but SYN from the kernel's
RANDOM = random.Random(4)

BLOCKED, FREE = records(hello("blocked.example")), records(hello("freeeee.example"))
GET = b"GET / HTTP/1.1\r\nHost: %s\r\n"
FREE_GET, BLOCKED_GET = GET % b"freeeee.example" + b"\r\n", GET % b"blocked.example" + b"\r\n"
POST = b"POST / HTTP/1.1\r\nHost: free.example\r\n"
BODY = BLOCKED_GET * 20


def scattered(data):
    """Returns pieces that make up the data, in any order. Some overlap or come twice."""
    size, at, pieces = RANDOM.choice((3, 40, 300) if len(data) < 500 else (60, 300)), 0, []
    while at < len(data):
        stop = at + RANDOM.randint(1, size)
        begin = max(0, at - RANDOM.choice((0, 0, RANDOM.randint(0, 9))))
        pieces.append((begin, data[begin:stop]))
        at = stop
    if RANDOM.random() < 0.7:
        RANDOM.shuffle(pieces)
    return pieces + [RANDOM.choice(pieces)]
