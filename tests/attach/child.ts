// A process with one server, which says where it listens, and closes it when it is told to. It must end by itself then:
// it neither calls process.exit nor holds on to the channel to its parent.
import { readFileSync } from "node:fs";
import { greet, TARGETS } from "./targets.ts";

const [name = "", pemFile = ""] = process.argv.slice(2);
const target = TARGETS[name];
if (target === undefined) throw new Error(`no target called ${name}`);
const { io, ports } = await target.start(readFileSync(pemFile, "utf8"));
greet(io);
process.once("message", () => {
  process.disconnect();
  void io.close();
});
process.send?.(ports);
