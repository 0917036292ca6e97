// Whatever a server is attached to serves its clients, is given back when it is closed, and does not keep the process.
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join as joinPath } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { Server } from "@sockeye/server";
import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { Http2Peer, join } from "./peers.ts";
import type { Socket } from "./peers.ts";
import { greet, listening, TARGETS } from "./targets.ts";
import type { Target } from "./targets.ts";

const PEM = fileURLToPath(new URL("localhost.pem", import.meta.url));
const CHILD = fileURLToPath(new URL("../../.cache/attach-child.mjs", import.meta.url));
const targets = Object.entries(TARGETS);
const url = (target: Target, port: number): string => `${target.scheme}://127.0.0.1:${port}`;

const http1 = targets.filter(([, target]) => target.isHttp2Only !== true);
const http2 = targets.filter(([, target]) => target.isHttp2Only === true);

describe("a server attached to", () => {
  test.each(http1)(
    "%s serves polling, WebSocket and the move from one to the other",
    async (_name, target) => {
      const { io, ports } = await target.start(readFileSync(PEM, "utf8"));
      greet(io);
      for (const port of ports) {
        for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
          const client = await join(url(target, port), transports);
          expect(await client.emitWithAck("echo", Buffer.of(1, 2))).toEqual(Buffer.of(1, 2));
          if (transports.length === 2 && client.io.engine.transport.name === "polling")
            await new Promise((resolve) => client.io.engine.once("upgrade", resolve));
          expect(client.io.engine.transport.name).toBe(transports.at(-1));
          expect(await client.emitWithAck("echo", "€")).toBe("€");
          const [socket] = [...io.sockets.sockets.values()];
          expect(socket?.handshake).toMatchObject({
            secure: target.scheme === "https",
            address: expect.stringMatching(/127\.0\.0\.1$/),
          });
          const left = new Promise((resolve) => socket?.once("disconnect", resolve));
          client.disconnect();
          expect(await left).toBe("client namespace disconnect");
        }
      }
      await io.close();
      for (const port of ports) await expect(fetch(url(target, port))).rejects.toThrow("fetch failed");
    },
  );

  test.each(http2)("%s serves polling", async (_name, target) => {
    const { io, ports } = await target.start(readFileSync(PEM, "utf8"));
    greet(io);
    const peer = new Http2Peer(url(target, ports[0]!));
    expect(await peer.join()).toMatch(/^40\{"sid":"/);
    const answer = peer.request();
    expect(await peer.request('420["echo","€"]')).toEqual({ status: 200, body: "ok" });
    expect(await answer).toEqual({ status: 200, body: '430["€"]' });
    const [socket] = [...io.sockets.sockets.values()];
    expect(socket?.handshake).toMatchObject({
      secure: target.scheme === "https",
      address: expect.stringMatching(/127\.0\.0\.1$/),
    });
    expect(socket?.request.url).toContain("transport=polling");
    const pending = peer.request();
    await vi.waitFor(() => expect(socket?.conn.transport.writable).toBe(true));
    const closed = io.close();
    expect(await pending).toEqual({ status: 200, body: "1" });
    peer.close();
    await closed;
  });
});

describe("a process whose server was attached to", () => {
  beforeAll(async () => {
    // From the sources, as everything else here. It reads the manifest of the package, which it finds at the root.
    const bundle = await rolldown({
      input: fileURLToPath(new URL("child.ts", import.meta.url)),
      platform: "node",
      resolve: { conditionNames: ["@sockeye/source", "import", "node", "default"] },
      logLevel: "silent",
    });
    await bundle.write({ file: CHILD, format: "esm", codeSplitting: false });
    await bundle.close();
  });

  /** A child that listens. It is killed with the test if it has not ended by then. */
  async function start(
    name: string,
  ): Promise<{ child: ChildProcess; ports: number[]; ended: Promise<number | null> }> {
    const child = fork(CHILD, [name, PEM], { cwd: joinPath(CHILD, "../..") });
    onTestFinished(() => void child.kill("SIGKILL"));
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    const ports = await new Promise<number[]>((resolve, reject) => {
      child.once("message", (message) => resolve(message as number[]));
      child.once("exit", (code) => reject(new Error(`ended with ${code} before it listened`)));
    });
    return { child, ports, ended };
  }

  test.each(targets)(
    "%s ends when it is closed, with clients and a handshake half done",
    async (name, target) => {
      const { child, ports, ended } = await start(name);
      const clients: Socket[] = [];
      const peers: Http2Peer[] = [];
      for (const port of ports) {
        if (target.isHttp2Only) {
          const peer = new Http2Peer(url(target, port));
          await peer.join();
          peers.push(peer);
        } else {
          for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]])
            clients.push(await join(url(target, port), transports));
          // It has a session, and never joins a namespace.
          await fetch(`${url(target, port)}/socket.io/?EIO=4&transport=polling`).catch(() => {});
        }
      }
      const left = clients.map((client) => new Promise((resolve) => client.once("disconnect", resolve)));
      const polls = peers.map((peer) => peer.request());
      child.send("close");
      await Promise.all([...left, ...polls]);
      // A session of HTTP/2 is its client's to end.
      for (const peer of peers) peer.close();
      expect(await ended).toBe(0);
    },
  );

  test("an http server ends when it is closed at once", async () => {
    const { child, ended } = await start("an http server");
    child.send("close");
    expect(await ended).toBe(0);
  });
});

describe("a server that was closed", () => {
  test("may be listened on again, and is served again if it is attached again", async () => {
    const http = createServer((_req, res) => res.end("app"));
    const io = new Server(http);
    greet(io);
    await listening(http.listen(0, "127.0.0.1"));
    await io.close();
    const port = await listening(http.listen(0, "127.0.0.1"));
    onTestFinished(() => void io.close());
    const address = `http://127.0.0.1:${port}`;
    const handshake = `${address}/socket.io/?EIO=4&transport=polling`;
    expect(await (await fetch(handshake)).text()).toBe("app");
    io.attach(http);
    const client = await join(address, ["polling", "websocket"]);
    expect(await client.emitWithAck("echo", 1)).toBe(1);
    expect(await (await fetch(address)).text()).toBe("app");
    client.disconnect();
  });

  test("by its owner ends the sessions, and is still served when it listens again", async () => {
    const http = createServer();
    const io = new Server(http);
    greet(io);
    onTestFinished(() => void io.close());
    const client = await join(`http://127.0.0.1:${await listening(http.listen(0, "127.0.0.1"))}`, [
      "websocket",
    ]);
    const [socket] = [...io.sockets.sockets.values()];
    http.close();
    client.disconnect();
    await new Promise((resolve) => http.once("close", resolve));
    expect(socket?.connected).toBe(false);
    expect(io.engine.clientsCount).toBe(0);
    const again = await join(`http://127.0.0.1:${await listening(http.listen(0, "127.0.0.1"))}`, ["polling"]);
    expect(await again.emitWithAck("echo", 1)).toBe(1);
    again.disconnect();
  });
});
