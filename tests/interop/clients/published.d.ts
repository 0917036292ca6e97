/** The published clients of Socket.IO 2 and 3, of which the first brings no types and the second hides them from `import`. */
declare module "socket.io-client-v2" {
  import type { OlderManagerClass } from "./older.ts";
  const io: { readonly Manager: OlderManagerClass };
  export default io;
}

declare module "socket.io-client-v3" {
  import type { OlderManagerClass } from "./older.ts";
  export const Manager: OlderManagerClass;
}
