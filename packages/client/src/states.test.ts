import { expect, test } from "vitest";
import * as manager from "./manager-state.ts";
import * as socket from "./socket-state.ts";

function table<State extends string>(states: State[], canMove: (from: State, to: State) => boolean) {
  return Object.fromEntries(states.map((from) => [from, states.filter((to) => canMove(from, to))]));
}

test("a manager's moves are those of the drawing", () => {
  const states: manager.ManagerState[] = ["idle", "connecting", "open", "waiting", "reconnecting", "closed"];
  expect(table(states, manager.canMove)).toEqual({
    idle: ["connecting", "waiting", "closed"],
    connecting: ["idle", "open", "closed"],
    open: ["idle", "closed"],
    waiting: ["idle", "reconnecting", "closed"],
    reconnecting: ["idle", "open", "waiting", "closed"],
    closed: ["connecting"],
  });
  expect(states.filter(manager.isConnecting)).toEqual(["connecting", "reconnecting"]);
  expect(states.filter(manager.isReconnecting)).toEqual(["waiting", "reconnecting"]);
});

test("a socket's moves are those of the drawing", () => {
  expect(table(["inactive", "active", "connected"], socket.canMove)).toEqual({
    inactive: ["active"],
    active: ["inactive", "connected"],
    connected: ["inactive", "active"],
  });
});
