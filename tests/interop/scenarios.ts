// The scenarios, written once and run by every combination of server and client. Each says what a user may rely on; the pair
// {published server × published client} proves that the scenario itself is right.
import { expect, vi } from "vitest";
import type { App } from "./app.ts";
import type { Ability, Answer, InteropClient, OpenOptions, TransportPlan } from "./clients/client.ts";

/** What a scenario gets: a running application and as many clients as it asks for. */
export interface Lab {
  readonly app: App;
  readonly plan: TransportPlan;
  newClient(): InteropClient;
}

export interface Scenario {
  readonly name: string;
  /** What the client must be able to do for the scenario to make sense. */
  readonly needs?: Ability;
  run(lab: Lab): Promise<void>;
}

const JSON_VALUES = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  9_007_199_254_740_991,
  1e21,
  "",
  "text",
  [],
  {},
  [[1, [2, [3]]], { deep: { deeper: [null, { deepest: true }] } }],
  { "": "empty key", __proto__x: 1, 'quote"d': "back\\slash", tab: "\t\r\n\b\f\0" },
];

const UNICODE = "zażółć ☕ 日本語 🧑‍🚀 \u2028\u2029 \u007f \ufeff é e\u0301";

const BYTES = Uint8Array.from({ length: 256 }, (_, index) => index);

const DEADLINE = { timeout: 10_000, interval: 5 };

interface Connected {
  readonly client: InteropClient;
  readonly id: string;
}

async function connect(lab: Lab, options?: OpenOptions): Promise<Connected> {
  const client = lab.newClient();
  const answers = await client.open(options);
  return { client, id: idOf(answers["/"]) };
}

function idOf(answer: Answer | undefined): string {
  if (answer === undefined || !("id" in answer)) throw new Error(`not connected: ${JSON.stringify(answer)}`);
  return answer.id;
}

/** Waits until nothing of the handshake is under way: the upgrade is done on both sides, a poll is waiting at the server. */
async function settled(lab: Lab, { client, id }: Connected): Promise<void> {
  await client.call("echo", []);
  const { conn } = lab.app.socket(id);
  await vi.waitFor(() => expect(conn.transport.writable).toBe(true), DEADLINE);
}

/** Everything `client` receives before a marker that is sent to it now, so that "did not arrive" needs no waiting time. */
async function namesUpToMarker(lab: Lab, { client, id }: Connected): Promise<readonly string[]> {
  lab.app.socket(id).emit("marker");
  await client.inbox().next("marker");
  const names = client.inbox().names();
  return names.slice(0, names.indexOf("marker"));
}

const EVENTS: readonly Scenario[] = [
  {
    name: "uses the transport it was told to, and both sides know it",
    async run(lab) {
      const { client, id } = await connect(lab);
      const expected = lab.plan === "polling" ? "polling" : "websocket";
      expect(await client.transport()).toBe(expected);
      expect(await client.call("echo", [1])).toEqual([1]);
      expect(lab.app.socket(id).conn.transport.name).toBe(expected);
    },
  },
  {
    name: "carries every JSON value both ways",
    async run(lab) {
      const { client, id } = await connect(lab);
      client.emit("echo", JSON_VALUES);
      expect(await lab.app.seen(id).next("echo")).toEqual(JSON_VALUES);
      expect(await client.inbox().next("echo")).toEqual(JSON_VALUES);
    },
  },
  {
    name: "carries events without arguments and with several",
    async run(lab) {
      const { client, id } = await connect(lab);
      for (const args of [[], [1], [1, "two", [3], { four: 4 }, null]]) {
        client.emit("note", args);
        expect(await lab.app.seen(id).next("note")).toEqual(args);
        lab.app.socket(id).emit("note", ...args);
        expect(await client.inbox().next("note")).toEqual(args);
      }
    },
  },
  {
    name: "carries event names that look like syntax",
    async run(lab) {
      const { client, id } = await connect(lab);
      for (const event of [
        "a,b",
        "1-2",
        '"quoted"',
        "[x]",
        "with space",
        "constructor",
        "__proto__",
        "/chat",
        UNICODE,
      ]) {
        client.emit(event, [event]);
        expect(await lab.app.seen(id).next(event)).toEqual([event]);
        lab.app.socket(id).emit(event, event);
        expect(await client.inbox().next(event)).toEqual([event]);
      }
    },
  },
  {
    name: "carries text of every script unchanged",
    async run(lab) {
      const { client } = await connect(lab);
      const text = UNICODE.repeat(200);
      expect(await client.call("echo", [text, { [UNICODE]: text }])).toEqual([text, { [UNICODE]: text }]);
    },
  },
  {
    name: "keeps the order of 1,000 events from the client",
    async run(lab) {
      const { client, id } = await connect(lab);
      for (let index = 0; index < 1000; index += 1) client.emit("step", [index]);
      const steps = await lab.app.seen(id).nextMany("step", 1000);
      expect(steps.map(([index]) => index)).toEqual(Array.from({ length: 1000 }, (_, index) => index));
    },
  },
  {
    name: "keeps the order of 1,000 events from the server, text and binary mixed",
    async run(lab) {
      const { client, id } = await connect(lab);
      const socket = lab.app.socket(id);
      for (let index = 0; index < 1000; index += 1) {
        if (index % 7 === 0) socket.emit("step", index, BYTES.subarray(0, index % 256));
        else socket.emit("step", index);
      }
      const steps = await client.inbox().nextMany("step", 1000);
      expect(steps.map(([index]) => index)).toEqual(Array.from({ length: 1000 }, (_, index) => index));
      expect(steps[994]).toEqual([994, BYTES.subarray(0, 994 % 256)]);
    },
  },
  {
    name: "carries large messages both ways",
    async run(lab) {
      const { client } = await connect(lab);
      const text = "0123456789".repeat(60_000);
      const bytes = new Uint8Array(400_000).fill(7);
      expect(await client.call("echo", [text])).toEqual([text]);
      const [answer] = await client.call("echo", [bytes]);
      expect(Buffer.compare(answer as Uint8Array, bytes)).toBe(0);
    },
  },
];

const ACKS: readonly Scenario[] = [
  {
    name: "answers the client's acknowledgements, each with its own values",
    async run(lab) {
      const { client } = await connect(lab);
      const asked = [[], [1], ["two", 2], [{ three: 3 }, null, [3]]];
      const answers = await Promise.all(asked.map((args) => client.call("echo", args)));
      expect(answers).toEqual(asked);
    },
  },
  {
    name: "answers the server's acknowledgements, each with its own values",
    async run(lab) {
      const { id } = await connect(lab);
      const socket = lab.app.socket(id).timeout(10_000);
      const answers = await Promise.all(
        [1, "two", { three: 3 }].map((value) => socket.emitWithAck("question", value)),
      );
      expect(answers).toEqual([1, "two", { three: 3 }]);
    },
  },
  {
    name: "tells the server when an acknowledgement does not come",
    needs: "silence",
    async run(lab) {
      const { id } = await connect(lab);
      const answer = lab.app.socket(id).timeout(50).emitWithAck("not a question");
      await expect(answer).rejects.toThrow("operation has timed out");
    },
  },
  {
    name: "collects the acknowledgements of a broadcast",
    async run(lab) {
      const clients = await Promise.all([connect(lab), connect(lab), connect(lab)]);
      for (const { client } of clients) await client.call("join", ["jury"]);
      const verdicts: unknown = await lab.app.io.to("jury").timeout(10_000).emitWithAck("question", "guilty");
      expect(verdicts).toEqual(["guilty", "guilty", "guilty"]);
    },
  },
];

const BINARY: readonly Scenario[] = [
  {
    name: "carries binary both ways, empty and full",
    async run(lab) {
      const { client, id } = await connect(lab);
      for (const bytes of [new Uint8Array(0), Uint8Array.of(0), BYTES]) {
        client.emit("echo", [bytes]);
        expect(await lab.app.seen(id).next("echo")).toEqual([bytes]);
        expect(await client.inbox().next("echo")).toEqual([bytes]);
      }
    },
  },
  {
    name: "carries several attachments among other values, nested, in events",
    async run(lab) {
      const { client, id } = await connect(lab);
      const args = ["text", BYTES, { list: [1, BYTES.subarray(3, 9), { last: BYTES.subarray(9) }] }, null];
      client.emit("echo", args);
      expect(await lab.app.seen(id).next("echo")).toEqual(args);
      expect(await client.inbox().next("echo")).toEqual(args);
    },
  },
  {
    name: "carries binary in acknowledgements both ways",
    async run(lab) {
      const { client, id } = await connect(lab);
      const value = { first: BYTES, rest: [BYTES.subarray(1), "text"] };
      expect(await client.call("echo", [value, 2])).toEqual([value, 2]);
      const answer: unknown = await lab.app.socket(id).timeout(10_000).emitWithAck("question", value);
      const { first, rest } = answer as { first: Uint8Array; rest: [Uint8Array, string] };
      expect(Buffer.compare(first, BYTES)).toBe(0);
      expect(Buffer.compare(rest[0], BYTES.subarray(1))).toBe(0);
      expect(rest[1]).toBe("text");
    },
  },
  {
    name: "leaves objects that look like placeholders alone",
    async run(lab) {
      const { client } = await connect(lab);
      const value = [
        { _placeholder: true, num: 0 },
        { _placeholder: true, num: 7 },
      ];
      expect(await client.call("echo", value)).toEqual(value);
    },
  },
];

const ROOMS: readonly Scenario[] = [
  {
    name: "delivers to a room's members only, until they leave",
    async run(lab) {
      const [ann, ben, cat] = await threeClients(lab);
      await ann.client.call("join", ["blue"]);
      await ben.client.call("join", ["blue"]);
      lab.app.io.to("blue").emit("first");
      await ben.client.call("leave", ["blue"]);
      lab.app.io.to("blue").emit("second");
      expect(await namesUpToMarker(lab, ann)).toEqual(["first", "second"]);
      expect(await namesUpToMarker(lab, ben)).toEqual(["first"]);
      expect(await namesUpToMarker(lab, cat)).toEqual([]);
    },
  },
  {
    name: "delivers once to a member of several rooms, and not to those in excluded rooms",
    async run(lab) {
      const [ann, ben, cat] = await threeClients(lab);
      for (const room of ["blue", "red"]) {
        await ann.client.call("join", [room]);
        await ben.client.call("join", [room]);
      }
      await cat.client.call("join", ["red"]);
      await ben.client.call("join", ["quiet"]);
      lab.app.io.to(["blue", "red"]).except("quiet").emit("news");
      expect(await namesUpToMarker(lab, ann)).toEqual(["news"]);
      expect(await namesUpToMarker(lab, ben)).toEqual([]);
      expect(await namesUpToMarker(lab, cat)).toEqual(["news"]);
    },
  },
  {
    name: "broadcasts from a socket to all but itself, and from the server to all",
    async run(lab) {
      const [ann, ben, cat] = await threeClients(lab);
      ann.client.emit("tell", [{ from: "socket" }, "others"]);
      ann.client.emit("tell", [{ from: "socket", except: [cat.id] }, "ben only"]);
      ann.client.emit("tell", [{ from: "server" }, "everybody"]);
      await ann.client.inbox().next("everybody");
      expect(await namesUpToMarker(lab, ann)).toEqual(["everybody"]);
      expect(await namesUpToMarker(lab, ben)).toEqual(["others", "ben only", "everybody"]);
      expect(await namesUpToMarker(lab, cat)).toEqual(["others", "everybody"]);
    },
  },
  {
    name: "reaches one socket by its id, with binary broadcast intact",
    async run(lab) {
      const [ann, ben] = await threeClients(lab);
      lab.app.io.to(ann.id).emit("private", BYTES, { more: BYTES.subarray(5) });
      expect(await ann.client.inbox().next("private")).toEqual([BYTES, { more: BYTES.subarray(5) }]);
      expect(await namesUpToMarker(lab, ben)).toEqual([]);
    },
  },
  {
    name: "moves and disconnects sockets by room from the server",
    async run(lab) {
      const [ann, ben] = await threeClients(lab);
      lab.app.io.in(ann.id).socketsJoin("ward");
      lab.app.io.to("ward").emit("in the ward");
      await ann.client.inbox().next("in the ward");
      lab.app.io.in("ward").disconnectSockets();
      await ann.client.inbox().ended();
      expect(await lab.app.seen(ann.id).ended()).toBe("server namespace disconnect");
      expect(lab.app.lastRooms(ann.id)).toEqual([ann.id, "ward"]);
      expect(await namesUpToMarker(lab, ben)).toEqual([]);
    },
  },
];

async function threeClients(lab: Lab): Promise<[Connected, Connected, Connected]> {
  return [await connect(lab), await connect(lab), await connect(lab)];
}

const NAMESPACES: readonly Scenario[] = [
  {
    name: "carries several namespaces on one connection, each with its own id",
    async run(lab) {
      const client = lab.newClient();
      const answers = await client.open({ namespaces: ["/", "/chat"] });
      const root = idOf(answers["/"]);
      const chat = idOf(answers["/chat"]);
      expect(root).not.toBe(chat);
      expect(lab.app.socket(root).conn).toBe(lab.app.socket(chat, "/chat").conn);
      expect(await client.call("echo", ["root", BYTES])).toEqual(["root", BYTES]);
      expect(await client.call("echo", ["chat", BYTES], "/chat")).toEqual(["chat", BYTES]);
      lab.app.io.of("/chat").emit("to chat");
      await client.inbox("/chat").next("to chat");
      expect(client.inbox("/").names()).toEqual([]);
    },
  },
  {
    name: "keeps the other namespaces when one is left by the client",
    needs: "leaving one namespace",
    async run(lab) {
      const client = lab.newClient();
      const answers = await client.open({ namespaces: ["/", "/chat"] });
      await client.disconnect("/chat");
      expect(await lab.app.seen(idOf(answers["/chat"])).ended()).toBe("client namespace disconnect");
      expect(await client.call("echo", [1])).toEqual([1]);
    },
  },
  {
    name: "keeps the other namespaces when one is ended by the server",
    async run(lab) {
      const client = lab.newClient();
      await client.open({ namespaces: ["/", "/chat"] });
      client.emit("leave me", [], "/chat");
      await client.inbox("/chat").ended();
      expect(await client.call("echo", [1])).toEqual([1]);
      expect(client.inbox("/").hasEnded).toBe(false);
    },
  },
  {
    name: "hands the auth payload and the query to the server",
    needs: "auth",
    async run(lab) {
      const auth = { token: "secret", nested: { list: [1, UNICODE] } };
      const client = lab.newClient();
      const answers = await client.open({
        namespaces: ["/", "/guarded"],
        auth,
        query: { flavour: "sea salt", sign: "&=?" },
      });
      for (const nsp of ["/", "/guarded"]) {
        const { handshake } = lab.app.socket(idOf(answers[nsp]), nsp);
        expect(handshake.auth).toEqual(auth);
        expect(handshake.query).toMatchObject({ flavour: "sea salt", sign: "&=?" });
      }
    },
  },
  {
    name: "hands a middleware's refusal to the client with its data, and lets the other namespaces in",
    needs: "auth",
    async run(lab) {
      const client = lab.newClient();
      const answers = await client.open({ namespaces: ["/", "/guarded"], auth: { token: "wrong" } });
      expect(answers["/guarded"]).toEqual({
        error: { message: "not let in", data: { code: 401, tried: { token: "wrong" } } },
      });
      idOf(answers["/"]);
      expect(await client.call("echo", [1])).toEqual([1]);
    },
  },
  {
    name: "refuses a namespace that does not exist",
    needs: "auth",
    async run(lab) {
      const client = lab.newClient();
      const answers = await client.open({ namespaces: ["/", "/nowhere"] });
      expect(answers["/nowhere"]).toEqual({ error: { message: "Invalid namespace" } });
      expect(await client.call("echo", [1])).toEqual([1]);
    },
  },
];

const ENDS: readonly Scenario[] = [
  {
    name: "ends on the client's wish, with a goodbye",
    needs: "goodbye",
    async run(lab) {
      const { client, id } = await connect(lab);
      await client.disconnect();
      expect(await lab.app.seen(id).ended()).toBe("client namespace disconnect");
      expectReason(await client.inbox().ended(), "io client disconnect");
    },
  },
  {
    name: "forgets a client that went, and tells the rooms it was in",
    async run(lab) {
      const { client, id } = await connect(lab);
      await client.call("join", ["blue"]);
      await client.disconnect();
      await lab.app.seen(id).ended();
      expect(lab.app.lastRooms(id)).toEqual([id, "blue"]);
      expect(lab.app.io.of("/").sockets.size).toBe(0);
      expect(lab.app.io.of("/").adapter.rooms.size).toBe(0);
    },
  },
  {
    name: "ends one namespace on the server's wish",
    async run(lab) {
      const { client, id } = await connect(lab);
      client.emit("leave me", []);
      expectReason(await client.inbox().ended(), "io server disconnect");
      expect(await lab.app.seen(id).ended()).toBe("server namespace disconnect");
    },
  },
  {
    name: "ends the whole connection on the server's wish",
    async run(lab) {
      const client = lab.newClient();
      const answers = await client.open({ namespaces: ["/", "/chat"] });
      client.emit("drop me", [], "/chat");
      for (const nsp of ["/", "/chat"]) {
        expectReason(await client.inbox(nsp).ended(), "io server disconnect");
        expect(await lab.app.seen(idOf(answers[nsp])).ended()).toBe("server namespace disconnect");
      }
      // A polling client that just stays away is waited for, since the answer to its next poll is the goodbye.
      if (lab.plan === "polling") return;
      await vi.waitFor(() => expect(lab.app.io.engine.clientsCount).toBe(0), DEADLINE);
    },
  },
  {
    name: "delivers what was emitted before the server ended the namespace",
    async run(lab) {
      const { client, id } = await connect(lab);
      const socket = lab.app.socket(id);
      for (let index = 0; index < 200; index += 1) socket.emit("step", index);
      socket.disconnect();
      await client.inbox().ended();
      expect(client.inbox().names()).toHaveLength(200);
    },
  },
  {
    name: "ends when the server closes the engine connection",
    async run(lab) {
      const { client, id } = await connect(lab);
      client.emit("close me", []);
      expectReason(await client.inbox().ended(), "transport close");
      expect(await lab.app.seen(id).ended()).toBe("forced close");
    },
  },
  {
    name: "ends on both sides when the network breaks",
    async run(lab) {
      const { client, id } = await connect(lab);
      await settled(lab, { client, id });
      lab.app.cut();
      const byPlan = lab.plan === "polling" ? "transport error" : "transport close";
      expectReason(await client.inbox().ended(), byPlan);
      expect(await lab.app.seen(id).ended()).toBe(byPlan);
    },
  },
  {
    name: "comes back by itself after the network broke, with a new id",
    async run(lab) {
      const { client, id } = await connect(lab, { reconnects: true });
      await settled(lab, { client, id });
      lab.app.cut();
      await lab.app.seen(id).ended();
      await client.inbox().connected(2);
      expect(await client.call("echo", ["again", BYTES])).toEqual(["again", BYTES]);
      const ids = [...lab.app.io.of("/").sockets.keys()];
      expect(ids).toHaveLength(1);
      expect(ids[0]).not.toBe(id);
    },
  },
  {
    name: "ends on both sides when the server shuts down",
    async run(lab) {
      const { client, id } = await connect(lab);
      await settled(lab, { client, id });
      const closed = lab.app.io.close();
      expect(await lab.app.seen(id).ended()).toBe("server shutting down");
      expectReason(await client.inbox().ended(), "transport close");
      lab.app.cut();
      await closed;
    },
  },
];

/** Clients that do not tell reasons have nothing to compare. */
function expectReason(actual: string | undefined, expected: string): void {
  expect(actual ?? expected).toBe(expected);
}

export const SCENARIOS: readonly Scenario[] = [
  ...EVENTS,
  ...ACKS,
  ...BINARY,
  ...ROOMS,
  ...NAMESPACES,
  ...ENDS,
];
