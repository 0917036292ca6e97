/** What a connection wants to know of the page it lives in. Does nothing where there is no page. */
import type { Cancel } from "@sockeye/protocol";

/** Watches for loss of the network and for the end of the page; returns how to stop. */
export function watchPage(onOffline: (() => void) | undefined, onLeave: (() => void) | undefined): Cancel {
  if (typeof addEventListener !== "function") return () => {};
  const watched = [
    ["offline", onOffline],
    ["beforeunload", onLeave],
  ] as const;
  for (const [event, listener] of watched) if (listener) addEventListener(event, listener);
  return () => {
    for (const [event, listener] of watched) if (listener) removeEventListener(event, listener);
  };
}
