// The namespaces of a server by name, and the patterns further ones may be made for. Called by Server for `of` and by
// connections that want to join; decides nothing about who is let in.

import type { EventsMap } from "@sockeye/emitter";
import type { AuthPayload } from "./broadcast-operator.ts";
import { ServerError } from "./errors.ts";
import { isThenable } from "./guard.ts";
import { Namespace } from "./namespace.ts";
import type { NamespaceServer } from "./namespace.ts";
import { matcherOf, ParentNamespace } from "./parent-namespace.ts";
import type { NamespaceMatcher } from "./parent-namespace.ts";

export class NamespaceTable<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
> {
  readonly #server: NamespaceServer;
  readonly #onNew: (nsp: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>) => void;
  readonly #byName = new Map<string, Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>();
  readonly #parents = new Map<
    NamespaceMatcher,
    ParentNamespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
  >();
  readonly #patterns: (readonly [
    RegExp,
    ParentNamespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
  ])[] = [];

  constructor(
    server: NamespaceServer,
    onNew: (nsp: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>) => void,
  ) {
    this.#server = server;
    this.#onNew = onNew;
  }

  all(): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>[] {
    return [...this.#byName.values()];
  }

  /** The namespace of this name, made if need be, after the model of the first pattern that matches. */
  get(given: string): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    const name = given.startsWith("/") ? given : `/${given}`;
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    for (const [pattern, parent] of this.#patterns) {
      pattern.lastIndex = 0;
      if (pattern.test(name)) return this.#add(parent.createChild(this.#server, name));
    }
    return this.#add(
      new Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>(this.#server, name),
    );
  }

  /** A model for all namespaces whose names match. */
  addParent(
    match: RegExp | NamespaceMatcher,
  ): ParentNamespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    if (!(match instanceof RegExp) && typeof match !== "function") {
      throw new ServerError(
        "ERR_INVALID_NAMESPACE",
        `a namespace is named by a string, a RegExp or a function, got ${typeof match}`,
      );
    }
    const parent = new ParentNamespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>(this.#server);
    if (match instanceof RegExp) {
      this.#patterns.push([match, parent]);
      this.#parents.set(matcherOf(match), parent);
    } else this.#parents.set(match, parent);
    return parent;
  }

  /** Asks the parents, in the order in which they were added, for a namespace no one has made yet. */
  find(
    name: string,
    auth: AuthPayload,
    found: (nsp: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> | undefined) => void,
  ): void {
    const known = this.#byName.get(name);
    if (known !== undefined) return found(known);
    const parents = [...this.#parents];
    const step = (at: number): void => {
      const entry = parents[at];
      if (entry === undefined) return found(undefined);
      const [matches, parent] = entry;
      let isDecided = false;
      const next = (error: unknown, success: boolean): void => {
        if (isDecided) return;
        isDecided = true;
        if (error || !success) step(at + 1);
        // Somebody else may have made it while this matcher thought about it.
        else found(this.#byName.get(name) ?? this.#add(parent.createChild(this.#server, name)));
      };
      const fail = (error: unknown): void => {
        this.#server.onError(error, { in: "namespace matcher", nsp: name });
        next(error, false);
      };
      try {
        const pending = matches(name, auth, next);
        if (isThenable(pending)) pending.then(undefined, fail);
      } catch (error) {
        fail(error);
      }
    };
    step(0);
  }

  /** Takes a dynamic namespace away. Returns false for others. */
  removeChild(nsp: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>): boolean {
    for (const parent of this.#parents.values()) {
      if (parent.children.delete(nsp)) return this.#byName.delete(nsp.name);
    }
    return false;
  }

  #add(
    nsp: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
  ): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    this.#byName.set(nsp.name, nsp);
    if (nsp.name !== "/") this.#onNew(nsp);
    return nsp;
  }
}
