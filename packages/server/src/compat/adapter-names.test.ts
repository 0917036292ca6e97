import { expect, test, vi } from "vitest";
import { Stage } from "../testing/fake-session.ts";

test("a namespace answers to the names adapters know it by, and shows them to nobody else", () => {
  const { io } = new Stage();
  const nsp: any = io.sockets;
  const [first, second] = [nsp._ids++, nsp._ids++];
  expect([second - first, nsp.nextAckId() - second]).toEqual([1, 1]);
  const heard = vi.fn();
  io.on("told", heard);
  nsp._onServerSideEmit(["told", 1, "two"]);
  expect(heard).toHaveBeenCalledWith(1, "two");
  const names: string[] = [];
  for (const name in nsp) names.push(name);
  expect(names.filter((name) => name.startsWith("_"))).toEqual([]);
});

test("a socket the middlewares have not decided about is found by its id", () => {
  const stage = new Stage();
  const nsp: any = stage.io.sockets;
  let decide = (): void => {};
  stage.io.use((socket, next) => {
    expect(nsp._preConnectSockets.get(socket.id)).toBe(socket);
    decide = next;
  });
  stage.connect().receive("0");
  expect(nsp._preConnectSockets.size).toBe(1);
  decide();
  expect(nsp._preConnectSockets.size).toBe(0);
});
