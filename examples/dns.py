#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A minimal DNS server and client for the demo.

dns.py serve ADDRESS PORT      answers every query with 192.0.2.1
dns.py ask ADDRESS PORT NAME   prints the answer, or "no answer"
"""
import socket
import struct
import sys


def encode(name):
    labels = (bytes([len(part)]) + part.encode() for part in name.split("."))
    return b"".join(labels) + b"\0"


def serve(address, port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((address, port))
    while True:
        query, client = sock.recvfrom(512)
        header = query[:2] + struct.pack("!5H", 0x8180, 1, 1, 0, 0)
        answer = struct.pack("!3HIH", 0xc00c, 1, 1, 60, 4)
        sock.sendto(header + query[12:] + answer + bytes([192, 0, 2, 1]),
                    client)


def ask(address, port, name):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(1)
    header = struct.pack("!6H", 1, 0x0100, 1, 0, 0, 0)
    sock.sendto(header + encode(name) + struct.pack("!2H", 1, 1),
                (address, port))
    try:
        reply = sock.recv(512)
    except TimeoutError:
        print(name, "no answer")
        return
    print(name, socket.inet_ntoa(reply[-4:]))


if sys.argv[1] == "serve":
    serve(sys.argv[2], int(sys.argv[3]))
else:
    ask(sys.argv[2], int(sys.argv[3]), sys.argv[4])
