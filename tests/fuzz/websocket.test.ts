/**
 * Differential fuzzing of the frame reader: random client streams go through our endpoint and through `ws`, which must
 * agree on every message, every pong and how it ended. `FUZZ_STREAMS` sets the number of streams, `FUZZ_SEED` the seed of
 * the first; a failing stream is reported with the seed that reproduces it alone.
 */
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { messagesBeforeFinalBlock } from "./websocket-final-blocks.ts";
import { OurReader, type Reading, readWithWs } from "./websocket-readers.ts";
import { type ClientStream, clientStream } from "./websocket-streams.ts";

const STREAMS = Number(process.env["FUZZ_STREAMS"] ?? 3000);
const SEED = Number(process.env["FUZZ_SEED"] ?? 1);
/** Streams under way at a time, so that the oracle's zlib threads have company. */
const BATCH = 64;

test(`frame reader agrees with ws on ${STREAMS} client streams from seed ${SEED}`, async () => {
  const ends = new Map<string, number>();
  for (let done = 0; done < STREAMS; done += BATCH) {
    const seeds = Array.from({ length: Math.min(BATCH, STREAMS - done) }, (_, index) => SEED + done + index);
    for (const end of await compareBatch(seeds)) ends.set(end, (ends.get(end) ?? 0) + 1);
  }
  if (STREAMS < 1000) return;
  // A generator that stops reaching some ending would make the suite say less than it seems to.
  for (const end of ["open", "close", "refused 1002", "refused 1007", "refused 1009"]) {
    expect(ends.get(end), `streams that end with ${end}`).toBeGreaterThan(STREAMS / 200);
  }
});

async function compareBatch(seeds: readonly number[]): Promise<string[]> {
  const streams = seeds.map(clientStream);
  const readers = streams.map((stream) => new OurReader(stream));
  const theirs = Promise.all(streams.map(readWithWs));
  await turn();
  const ours = readers.map((reader, index) => {
    try {
      return reader.read();
    } catch (error) {
      throw new Error(`FUZZ_SEED=${seeds[index]} FUZZ_STREAMS=1 reproduces`, { cause: error });
    }
  });
  for (const [index, their] of (await theirs).entries()) {
    const [our, stream, seed] = [ours[index], streams[index], seeds[index]];
    if (our === undefined || stream === undefined || agree(our, their, stream)) continue;
    expect(our, `${describe(stream)}\nFUZZ_SEED=${seed} FUZZ_STREAMS=1 reproduces; ours, then ws:`).toEqual(
      their,
    );
  }
  return ours.map(({ end }) => (end.startsWith("close") ? "close" : end));
}

function agree(our: Reading, their: Reading, stream: ClientStream): boolean {
  if (equal(our.messages, their.messages)) {
    if (our.end === their.end && equal(our.pongs, their.pongs)) return true;
    if (refusesEarlier(our, their, stream) || waitsForTheImpossible(our, their)) return true;
    if (isBrokenAndTooBig(our, their, stream)) return true;
  }
  return stopsAtFinalBlock(our, their, stream);
}

/**
 * The first of four liberties: `ws` inflates fragment by fragment and so may refuse a broken or oversized compressed
 * message in the middle, where we wait for its end. Until then no message can be delivered, but the stream may end,
 * close, or break another rule, and pings may be answered.
 */
function refusesEarlier(our: Reading, their: Reading, stream: ClientStream): boolean {
  if (!stream.hasCompressedFragments || !/^refused 100[79]$/.test(their.end)) return false;
  return equal(our.pongs.slice(0, their.pongs.length), their.pongs);
}

/** The second: where no limit is set, we refuse at once a message that no string could hold; `ws` waits for its bytes. */
function waitsForTheImpossible(our: Reading, their: Reading): boolean {
  return (
    our.isBeyondRuntime && our.end === "refused 1009" && their.end === "open" && equal(our.pongs, their.pongs)
  );
}

/** The third: a compressed message that is both broken and too big is refused by both, for whichever comes up first. */
function isBrokenAndTooBig(our: Reading, their: Reading, stream: ClientStream): boolean {
  const refused = /^refused 100[79]$/;
  return stream.deflates && refused.test(our.end) && refused.test(their.end) && equal(our.pongs, their.pongs);
}

/**
 * The fourth: a compressed message may go on after a block marked as final (RFC 7692 §7.2.1), and we read it. `ws` drops
 * the rest of the frame, and what then becomes of the stream is its own affair; all before that message must agree.
 */
function stopsAtFinalBlock(our: Reading, their: Reading, stream: ClientStream): boolean {
  if (!stream.deflates) return false;
  const before = messagesBeforeFinalBlock(Buffer.concat(stream.chunks));
  if (before === undefined) return false;
  const count = Math.min(before, our.messages.length, their.messages.length);
  return equal(our.messages.slice(0, count), their.messages.slice(0, count));
}

function equal(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}

function describe({ maxMessageBytes, deflates, chunks }: ClientStream): string {
  const hex = chunks.map((chunk) => chunk.toString("hex")).join(" ");
  return `limit ${maxMessageBytes}, ${deflates ? "deflate" : "no deflate"}, chunks ${hex.slice(0, 4000)}`;
}
