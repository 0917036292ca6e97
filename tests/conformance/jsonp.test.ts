// Polling through script elements: what clients of a time without CORS still do.
import { engineConformance, headersOf, statusAndBody, until } from "./harness/index.ts";
import type { Answer, EngineHost, Trace } from "./harness/index.ts";

const FORM = { "Content-Type": "application/x-www-form-urlencoded" };

/** Opens a session over JSONP, and notes its messages and its end. */
async function open(server: EngineHost, trace: Trace, query = "&j=0"): Promise<string> {
  const { body } = await server.ask(`?EIO=4&transport=polling${query}`);
  const sid = /sid\\?":\\?"([\w-]+)/.exec(body)?.[1] ?? "";
  server.session({ sid }).on("message", (data: unknown) => trace("messages", data));
  server.session({ sid }).on("close", (reason: string) => trace("closed", reason));
  return `?EIO=4&transport=polling&sid=${sid}&j=0`;
}

function push(server: EngineHost, url: string, body: string): Promise<Answer> {
  return server.ask(url, { method: "POST", body, headers: FORM });
}

const sidOf = (url: string): { sid: string } => ({ sid: /sid=([\w-]+)/.exec(url)?.[1] ?? "" });

for (const j of ["0", "12", "abc", "1;alert(1)", ""]) {
  engineConformance(
    `answers the handshake of callback "${j}" with a call of it`,
    {},
    async (server, trace) => {
      const answer = await server.ask(`?EIO=4&transport=polling&j=${encodeURIComponent(j)}`);
      trace(
        "wire",
        statusAndBody(answer),
        headersOf(answer, "content-type", "cache-control", "x-content-type-options"),
      );
    },
  );
}

engineConformance(
  "answers a poll with a call, and escapes what scripts stumble over",
  {},
  async (server, trace) => {
    const url = await open(server, trace);
    const session = server.session(sidOf(url));
    session.send("a\u2028b\u2029c\"'\\</script>\né");
    session.send(Buffer.from([1, 2, 3]));
    trace("wire", statusAndBody(await server.ask(url)));
  },
);

engineConformance("takes a push from a form", {}, async (server, trace) => {
  const url = await open(server, trace);
  const answer = await push(server, url, `d=${encodeURIComponent("4a\x1e4b")}`);
  trace("wire", statusAndBody(answer), headersOf(answer, "content-type"));
});

for (const [what, text] of [
  ["line breaks", "4a\nb"],
  ["escaped line breaks", "4a\\nb"],
  ["twice escaped line breaks", "4a\\\\nb"],
  ["a plus and a percent sign", "4a+b%c d"],
  ["characters beyond ASCII", "4é€😀"],
  ["binary", "bAQID"],
] as const) {
  engineConformance(`takes from a form: ${what}`, {}, async (server, trace) => {
    const url = await open(server, trace);
    trace("wire", statusAndBody(await push(server, url, `d=${encodeURIComponent(text)}`)));
  });
}

engineConformance(
  "closes the session when a form lacks the field",
  {
    trap: 34,
    difference: "jsonp-without-field",
    ours: { closed: ["parse error"], wire: [[400, ""]], later: [400] },
  },
  async (server, trace) => {
    const url = await open(server, trace);
    trace("wire", await push(server, url, "x=1").then(statusAndBody, () => "reset"));
    trace("later", (await push(server, url, "d=4a")).status);
  },
);

engineConformance("closes the session when the form holds garbage", { trap: 34 }, async (server, trace) => {
  const url = await open(server, trace);
  await push(server, url, "d=abc").catch(() => {});
  trace("later", statusAndBody(await server.ask(url)));
});

engineConformance("tells the client that it closes with a call", { trap: 31 }, async (server, trace) => {
  const url = await open(server, trace);
  const session = server.session(sidOf(url));
  const poll = server.ask(url);
  await until(() => session.transport.writable);
  session.close();
  trace("wire", statusAndBody(await poll));
});
