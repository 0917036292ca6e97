/** For whoever writes an adapter: what it has to do, as test cases, and a namespace to do it in. */
export { adapterSuite } from "./adapter-suite.ts";
export type { AdapterCase } from "./adapter-suite.ts";
export { ManualClock } from "./manual-clock.ts";
export { MemoryHost, MemoryMember, targetOf } from "./memory-host.ts";
export type { MemoryAdapterFactory, MemoryMessage } from "./memory-host.ts";
