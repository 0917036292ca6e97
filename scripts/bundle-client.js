// Bundles the compiled client for browsers: `packages/client/dist/bundle/socket.io*.js` with their maps, and the same files
// in `packages/server/client-dist/`, from where a server answers `GET <path>/socket.io.js`. Runs after `tsc -b`.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { ROOT } from "./lib/root.js";

const CLIENT = join(ROOT, "packages/client");
const OUT = join(CLIENT, "dist/bundle");
const SERVED = join(ROOT, "packages/server/client-dist");
const MSGPACK = "@sockeye/protocol/msgpack";

/** @type {{ version: string }} */
const { version } = JSON.parse(readFileSync(join(CLIENT, "package.json"), "utf8"));
/** @type {{ exports: Record<string, unknown> }} */
const protocolPackage = JSON.parse(readFileSync(join(ROOT, "packages/protocol/package.json"), "utf8"));

/**
 * @typedef {object} Bundle
 * @property {string} file
 * @property {"umd" | "esm"} format `umd` makes the function `io` the global, the CommonJS export or the AMD value
 * @property {boolean} minify
 * @property {boolean} msgpack whether MessagePack takes the place of the default wire format
 */

/** @type {Bundle[]} */
const BUNDLES = [
  { file: "socket.io.js", format: "umd", minify: false, msgpack: false },
  { file: "socket.io.min.js", format: "umd", minify: true, msgpack: false },
  { file: "socket.io.esm.min.js", format: "esm", minify: true, msgpack: false },
];
if ("./msgpack" in protocolPackage.exports) {
  BUNDLES.push({ file: "socket.io.msgpack.min.js", format: "umd", minify: true, msgpack: true });
}

/**
 * The modules that exist only in bundles.
 *
 * @param {Bundle} bundle
 * @returns {import("rolldown").Plugin}
 */
function virtualModules({ format, msgpack }) {
  const client = JSON.stringify(join(CLIENT, "dist/index.js"));
  const names =
    format === "umd" ? "io as default" : "io, io as connect, io as default, Manager, Socket, protocol";
  /** @type {Record<string, string>} */
  const sources = {
    "\0entry": `export { ${names} } from ${client};`,
    "\0codec": `export { msgpackCodec as defaultCodec } from "${MSGPACK}";`,
  };
  return {
    name: "virtual-modules",
    resolveId(id, importer) {
      if (id in sources) return id;
      // The default codec is imported in one place; everything else of that module stays what it is.
      const isCodecImport =
        id === "@sockeye/protocol/socket" && importer?.endsWith("/client/dist/options.js");
      return msgpack && isCodecImport ? "\0codec" : null;
    },
    load(id) {
      return sources[id] ?? null;
    },
  };
}

/** @param {Bundle} bundle */
async function write(bundle) {
  const build = await rolldown({
    input: "\0entry",
    cwd: CLIENT,
    platform: "browser",
    plugins: [virtualModules(bundle)],
    onLog: (_level, log) => {
      throw new Error(`${bundle.file}: ${log.message}`);
    },
  });
  await build.write({
    file: join(OUT, bundle.file),
    format: bundle.format,
    name: "io",
    exports: bundle.format === "umd" ? "default" : "named",
    minify: bundle.minify,
    sourcemap: true,
    // Not "legal": a comment of the library's own is the only one wanted.
    comments: !bundle.minify,
    postBanner: `/*! @sockeye/client ${version}, MIT */`,
  });
  await build.close();
}

rmSync(OUT, { recursive: true, force: true });
await Promise.all(BUNDLES.map(write));

if (existsSync(join(ROOT, "packages/server"))) {
  rmSync(SERVED, { recursive: true, force: true });
  mkdirSync(SERVED, { recursive: true });
  cpSync(OUT, SERVED, { recursive: true });
}

// The package says that its files are modules. For this folder nothing is said, so that Node.js looks at each file: the UMD
// bundles can be required, the ESM bundle imported.
writeFileSync(join(OUT, "package.json"), '{ "private": true }\n');
