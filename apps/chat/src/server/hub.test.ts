import { describe, expect, test } from "vitest";
import { HUB_DEFAULTS } from "./hub.ts";
import { createRecorder } from "./testing/recorder.ts";

const lobby = (name: string) => ({ room: "lobby", name });

describe("joining", () => {
  test("answers with the person, the history and the people of the room", () => {
    const { hub, member } = createRecorder();
    const ada = member("a");
    hub.join(ada, lobby("Ada"));
    hub.message(ada, { room: "lobby", text: "hello", id: "m1" });
    const answer = hub.join(member("b"), lobby("Bo"));
    expect(answer.you).toEqual({ person: "person of b", name: "Bo" });
    expect(answer.history.map(({ id, seq, text, name }) => ({ id, seq, text, name }))).toEqual([
      { id: "m1", seq: 1, text: "hello", name: "Ada" },
    ]);
    expect(answer.total).toBe(2);
    expect(answer.people.map((person) => person.name)).toEqual(["Ada", "Bo"]);
  });

  test("tells the room who is here, once for many arrivals in one moment", () => {
    const { hub, clock, of, member } = createRecorder();
    for (const id of ["a", "b", "c"]) hub.join(member(id), lobby(id.toUpperCase()));
    expect(of("presence")).toEqual([]);
    clock.advance(HUB_DEFAULTS.presenceDelayMs);
    expect(of("presence").map((presence) => presence.total)).toEqual([3]);
    expect(of("rooms").at(-1)).toContainEqual({ room: "lobby", total: 3 });
    expect(clock.pending).toBe(0);
  });

  test("counts a person with two tabs once, and keeps them until the last tab leaves", () => {
    const { hub, clock, of, member } = createRecorder();
    const first = member("a", "ada");
    const second = member("b", "ada");
    hub.join(first, lobby("Ada"));
    hub.join(second, lobby("Ada"));
    clock.advance(HUB_DEFAULTS.presenceDelayMs);
    expect(of("presence").at(-1).people).toEqual([{ person: "ada", name: "Ada", tabs: 2 }]);
    hub.leaveAll(first);
    clock.advance(HUB_DEFAULTS.presenceDelayMs);
    expect(of("presence").at(-1).people).toEqual([{ person: "ada", name: "Ada", tabs: 1 }]);
    hub.leaveAll(second);
    clock.advance(HUB_DEFAULTS.presenceDelayMs);
    expect(of("presence").at(-1)).toEqual({ room: "lobby", total: 0, people: [] });
  });

  test("takes a new name in every room of the connection", () => {
    const { hub, clock, of, member } = createRecorder();
    const ada = member("a");
    hub.join(ada, lobby("Ada"));
    hub.join(ada, { room: "help", name: "Ada" });
    clock.advance(HUB_DEFAULTS.presenceDelayMs);
    hub.join(ada, lobby("Countess"));
    clock.advance(HUB_DEFAULTS.presenceDelayMs);
    const names = of("presence")
      .slice(-2)
      .map((presence) => [presence.room, presence.people[0].name]);
    expect(names).toEqual([
      ["lobby", "Countess"],
      ["help", "Countess"],
    ]);
  });

  test("refuses more rooms per connection, and more connections per room, than the limits", () => {
    const { hub, member } = createRecorder({ socketsPerRoom: 2 });
    const ada = member("a");
    for (let i = 0; i < 8; i++) hub.join(ada, { room: `room-${i}`, name: "Ada" });
    expect(() => hub.join(ada, { room: "one-more", name: "Ada" })).toThrow(
      expect.objectContaining({ code: "ERR_TOO_MANY_ROOMS" }),
    );
    hub.join(member("b"), { room: "room-0", name: "Bo" });
    expect(() => hub.join(member("c"), { room: "room-0", name: "Cy" })).toThrow(
      expect.objectContaining({ code: "ERR_ROOM_FULL" }),
    );
    expect(hub.join(ada, { room: "room-0", name: "Ada" }).total).toBe(2);
  });
});

describe("messages", () => {
  test("reach the room but not the connection that sent them", () => {
    const { hub, clock, said, member } = createRecorder();
    const ada = member("a");
    hub.join(ada, lobby("Ada"));
    const answer = hub.message(ada, { room: "lobby", text: "hello", id: "m1" });
    expect(answer).toEqual({ id: "m1", seq: 1, at: clock.now(), duplicate: false });
    expect(said.filter((entry) => entry.event === "message")).toEqual([
      {
        event: "message",
        except: "a",
        payload: {
          room: "lobby",
          id: "m1",
          person: "person of a",
          name: "Ada",
          text: "hello",
          seq: 1,
          at: clock.now(),
        },
      },
    ]);
  });

  test("sent twice are stored and told once", () => {
    const { hub, of, member } = createRecorder();
    const tab = member("a", "ada");
    hub.join(tab, lobby("Ada"));
    const first = hub.message(tab, { room: "lobby", text: "hello", id: "m1" });
    const again = member("b", "ada");
    hub.join(again, lobby("Ada"));
    expect(hub.message(again, { room: "lobby", text: "hello", id: "m1" })).toEqual({
      ...first,
      duplicate: true,
    });
    expect(of("message")).toHaveLength(1);
    expect(hub.join(member("c"), lobby("Cy")).history).toHaveLength(1);
  });

  test("under an id of somebody else are refused", () => {
    const { hub, member } = createRecorder();
    const [ada, eve] = [member("a"), member("e")];
    hub.join(ada, lobby("Ada"));
    hub.join(eve, lobby("Eve"));
    hub.message(ada, { room: "lobby", text: "hello", id: "m1" });
    expect(() => hub.message(eve, { room: "lobby", text: "mine", id: "m1" })).toThrow(
      expect.objectContaining({ code: "ERR_ID_TAKEN" }),
    );
  });

  test("without an id get one from the server", () => {
    const { hub, member } = createRecorder();
    const ada = member("a");
    hub.join(ada, lobby("Ada"));
    const [one, two] = [1, 2].map(() => hub.message(ada, { room: "lobby", text: "hello" }));
    expect(one?.id).toMatch(/^[\w-]{36}$/);
    expect(two?.id).not.toBe(one?.id);
  });

  test("to a room that was not joined, or was left, are refused", () => {
    const { hub, member } = createRecorder();
    const ada = member("a");
    const refused = expect.objectContaining({ code: "ERR_NOT_JOINED" });
    expect(() => hub.message(ada, { room: "lobby", text: "hello" })).toThrow(refused);
    hub.join(ada, lobby("Ada"));
    hub.leave(ada, "lobby");
    expect(() => hub.message(ada, { room: "lobby", text: "hello" })).toThrow(refused);
  });
});

describe("typing", () => {
  test("is told when it begins and when it ends, not in between", () => {
    const { hub, clock, of, member } = createRecorder();
    const ada = member("a");
    hub.join(ada, lobby("Ada"));
    hub.typing(ada, { room: "lobby", active: true });
    clock.advance(3000);
    hub.typing(ada, { room: "lobby", active: true });
    clock.advance(3000);
    hub.typing(ada, { room: "lobby", active: false });
    hub.typing(ada, { room: "lobby", active: false });
    expect(of("typing").map((typing) => typing.active)).toEqual([true, false]);
  });

  test("expires when its writer falls silent", () => {
    const { hub, clock, of, member } = createRecorder();
    const ada = member("a");
    hub.join(ada, lobby("Ada"));
    hub.typing(ada, { room: "lobby", active: true });
    clock.advance(HUB_DEFAULTS.typingExpiryMs - 1);
    expect(of("typing")).toHaveLength(1);
    clock.advance(1);
    expect(of("typing").at(-1)).toEqual({
      room: "lobby",
      person: "person of a",
      name: "Ada",
      active: false,
    });
    expect(clock.pending).toBe(0);
  });

  test("ends with a message, and with leaving", () => {
    const { hub, clock, of, member } = createRecorder();
    const ada = member("a");
    hub.join(ada, lobby("Ada"));
    hub.typing(ada, { room: "lobby", active: true });
    hub.message(ada, { room: "lobby", text: "done" });
    hub.typing(ada, { room: "lobby", active: true });
    hub.leaveAll(ada);
    expect(of("typing").map((typing) => typing.active)).toEqual([true, false, true, false]);
    clock.advance(HUB_DEFAULTS.presenceDelayMs);
    expect(clock.pending).toBe(0);
  });

  test("is shown to newcomers", () => {
    const { hub, member } = createRecorder();
    const ada = member("a");
    hub.join(ada, lobby("Ada"));
    hub.typing(ada, { room: "lobby", active: true });
    expect(hub.join(member("b"), lobby("Bo")).typing).toEqual([{ person: "person of a", name: "Ada" }]);
  });
});

describe("rooms", () => {
  test("keep their history while empty, until their place is needed", () => {
    const { hub, member } = createRecorder({ rooms: 5 });
    const visit = (room: string) => {
      const guest = member("g");
      const answer = hub.join(guest, { room, name: "Guest" });
      hub.message(guest, { room, text: `hello ${room}` });
      hub.leaveAll(guest);
      return answer;
    };
    const first = visit("one");
    visit("two");
    expect(visit("one").history).toHaveLength(1);
    visit("three"); // takes the place of "two", unused for longest
    expect(visit("one").epoch).toBe(first.epoch);
    expect(visit("two").history).toHaveLength(0);
  });

  test("in use, and default rooms, are never given away", () => {
    const { hub, member } = createRecorder({ rooms: 4 });
    hub.join(member("a"), { room: "busy", name: "Ada" });
    const refused = expect.objectContaining({ code: "ERR_NO_ROOM_LEFT" });
    expect(() => hub.join(member("b"), { room: "other", name: "Bo" })).toThrow(refused);
    expect(hub.join(member("b"), lobby("Bo")).total).toBe(1);
  });
});
