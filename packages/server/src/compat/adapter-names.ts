// The names by which adapters written for Socket.IO know what a namespace offers them, beside those of AdapterNamespace.
// Called once, for the prototype of Namespace.

import type { AdapterNamespace, NamespaceNames } from "@sockeye/adapter";

interface Namespace extends AdapterNamespace<any, any> {
  readonly joining: ReadonlyMap<string, unknown>;
}

export function addAdapterNames(prototype: Namespace): void {
  const names: NamespaceNames & ThisType<Namespace> = {
    get _ids(): number {
      return this.nextAckId();
    },
    // `nsp._ids++` is how such adapters take one.
    set _ids(_next: number) {},
    get _preConnectSockets(): ReadonlyMap<string, unknown> {
      return this.joining;
    },
    _onServerSideEmit(args: any[]): void {
      this.onServerSideEmit(args);
    },
  };
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(names))) {
    Object.defineProperty(prototype, name, { ...descriptor, enumerable: false });
  }
}
