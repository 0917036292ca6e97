"""Socket.IO clients driven by JSON lines: commands on standard input, replies and events on standard output.

Started as `client.py sync` (requests + websocket-client) or `client.py async` (aiohttp). A command is
{"client": 1, "request": 7, "action": "open" | "emit" | "call" | "transport" | "disconnect" | "close", ...}; its reply is
{"client": 1, "reply": 7, "ok": value} or {..., "error": text}. Everything else is what a client received:
{"client": 1, "nsp": "/", "event": name, "args": [...]}. Binary values are {"$bytes": base64} on both sides.
"""

import asyncio
import base64
import inspect
import json
import os
import sys
import threading

import engineio
import engineio.payload
import socketio

# The library refuses more than 16 packets in one response unless told otherwise; a busy poll carries hundreds.
engineio.payload.Payload.max_decode_packets = 100000

MODE = sys.argv[1]


# The library hands every message to a thread (or task) of its own, which would scramble the order of events and tear a
# packet from its attachments now and then. Here they are handled where they are read.
class OrderedEngine(engineio.Client if MODE == "sync" else engineio.AsyncClient):
    def _trigger_event(self, event, *args, **kwargs):
        kwargs["run_async"] = False
        return super()._trigger_event(event, *args, **kwargs)


class OrderedClient(socketio.Client if MODE == "sync" else socketio.AsyncClient):
    def _engineio_client_class(self):
        return OrderedEngine


write_lock = threading.Lock()


def write_line(line):
    with write_lock:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


def to_line(value):
    if isinstance(value, (bytes, bytearray)):
        return {"$bytes": base64.b64encode(value).decode("ascii")}
    if isinstance(value, (list, tuple)):
        return [to_line(item) for item in value]
    if isinstance(value, dict):
        return {key: to_line(item) for key, item in value.items()}
    return value


def from_line(value):
    if isinstance(value, list):
        return [from_line(item) for item in value]
    if isinstance(value, dict):
        if list(value) == ["$bytes"]:
            return base64.b64decode(value["$bytes"])
        return {key: from_line(item) for key, item in value.items()}
    return value


async def settled(result):
    """The sync client returns values, the async one awaitables."""
    return await result if inspect.isawaitable(result) else result


class Client:
    def __init__(self, number):
        self.number = number
        self.sio = None
        self.answers = {}
        self.ended = set()
        self.opening = None

    def reply(self, request, ok=None):
        write_line({"client": self.number, "reply": request, "ok": to_line(ok)})

    def tell(self, nsp, event, args=()):
        write_line({"client": self.number, "nsp": nsp, "event": event, "args": to_line(args)})

    def answer(self, nsp, answer):
        """Notes how a namespace answered; the request `open` is replied to once all of them have."""
        if nsp in self.answers:
            return
        self.answers[nsp] = answer
        if self.opening is not None and len(self.answers) == self.opening["count"]:
            request, self.opening = self.opening["request"], None
            self.reply(request, self.answers)

    async def open(self, command):
        self.sio = OrderedClient(
            reconnection=command["reconnects"],
            reconnection_delay=0.02,
            randomization_factor=0,
        )
        for nsp in command["namespaces"]:
            self.listen(nsp)
        self.opening = {"request": command["request"], "count": len(command["namespaces"])}
        await settled(
            self.sio.connect(
                command["url"],
                auth=command["auth"],
                transports=command["transports"],
                namespaces=command["namespaces"],
                wait=False,
            )
        )

    def listen(self, nsp):
        def on_connect():
            self.ended.discard(nsp)
            self.tell(nsp, "connect")
            self.answer(nsp, {"id": self.sio.get_sid(nsp)})

        def on_connect_error(data=None):
            self.answer(nsp, {"error": data if isinstance(data, dict) else {"message": str(data)}})

        def on_disconnect():
            self.ended.add(nsp)
            self.tell(nsp, "disconnect")

        def on_event(event, *args):
            self.tell(nsp, event, args)
            return tuple(args) if event == "question" else None

        self.sio.on("connect", on_connect, namespace=nsp)
        self.sio.on("connect_error", on_connect_error, namespace=nsp)
        self.sio.on("disconnect", on_disconnect, namespace=nsp)
        self.sio.on("*", on_event, namespace=nsp)

    async def emit(self, command):
        args = tuple(from_line(command["args"]))
        await settled(self.sio.emit(command["event"], args, namespace=command["nsp"]))
        self.reply(command["request"])

    async def call(self, command):
        def on_answer(*answer):
            self.reply(command["request"], answer)

        args = tuple(from_line(command["args"]))
        await settled(self.sio.emit(command["event"], args, namespace=command["nsp"], callback=on_answer))

    async def transport(self, command):
        transport = self.sio.transport
        self.reply(command["request"], transport() if callable(transport) else transport)

    async def disconnect(self, command):
        await settled(self.sio.disconnect())
        self.reply(command["request"])

    async def close(self, command):
        if self.sio is not None:
            self.sio.reconnection = False
            # Where everything has ended already, the library is about to clean up on its own thread.
            if self.sio.connected and not self.ended.issuperset(self.answers):
                await settled(self.sio.disconnect())
        self.reply(command["request"])


async def main():
    clients = {}
    loop = asyncio.get_running_loop()
    while True:
        line = await loop.run_in_executor(None, sys.stdin.readline)
        if line == "":
            # Threads of clients that were never closed must not keep the process.
            os._exit(0)
        command = json.loads(line)
        client = clients.setdefault(command["client"], Client(command["client"]))
        try:
            await getattr(client, command["action"])(command)
        except Exception as error:  # whatever it is, the test that waits for the reply must hear of it
            text = f"{command['action']}: {type(error).__name__}: {error}"
            write_line({"client": client.number, "reply": command["request"], "error": text})


asyncio.run(main())
