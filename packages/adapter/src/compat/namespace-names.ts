// The names by which adapters written for Socket.IO know what a namespace offers them. New adapters use those of
// AdapterNamespace, which these stand for.

/** The number to be given next, as `nsp._ids++` takes it. */
export interface NamespaceNames {
  _ids: number;
  /** Raises an event of another node on this one: `onServerSideEmit`. */
  _onServerSideEmit(args: any[]): void;
  /** Sockets the middlewares have not decided about, by id. */
  readonly _preConnectSockets: ReadonlyMap<string, any>;
}
