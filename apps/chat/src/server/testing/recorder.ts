// A hub with a fake clock and an outlet that writes down what was said, for tests.
import { HUB_DEFAULTS, Hub } from "../hub.ts";
import type { HubOptions, Member, Outlet } from "../hub.ts";
import { FakeClock } from "./fake-clock.ts";

export interface Said {
  event: keyof Outlet;
  payload: any;
  except?: string | undefined;
}

export interface Recorder {
  hub: Hub;
  clock: FakeClock;
  said: Said[];
  /** The payloads of one event, in order. */
  of: (event: keyof Outlet) => any[];
  member: (socketId: string, person?: string) => Member;
}

export function createRecorder(options: Partial<HubOptions> = {}): Recorder {
  const clock = new FakeClock();
  const said: Said[] = [];
  const outlet: Outlet = {
    message: (payload, except) => said.push({ event: "message", payload, except }),
    presence: (payload) => said.push({ event: "presence", payload }),
    typing: (payload, except) => said.push({ event: "typing", payload, except }),
    rooms: (payload) => said.push({ event: "rooms", payload }),
  };
  return {
    hub: new Hub(outlet, clock, { ...HUB_DEFAULTS, ...options }),
    clock,
    said,
    of: (event) => said.filter((entry) => entry.event === event).map((entry) => entry.payload),
    member: (socketId, person = `person of ${socketId}`) => ({
      socketId,
      person,
      name: "",
      rooms: new Set(),
    }),
  };
}
