// Who this browser is: a secret key that makes all its tabs one person, a name, and the rooms it knows.
// Kept in localStorage where there is one; a browser that forbids it has a new identity per visit.
import { DEFAULT_ROOMS } from "../shared/contract.ts";
import { cleanName, isRoomName } from "../shared/text.ts";

const KEY = "sockeye-chat.key";
const NAME = "sockeye-chat.name";
const ROOMS = "sockeye-chat.rooms";
/** More rooms than this are forgotten, oldest first. */
const MAX_ROOMS = 20;

function read(item: string): string | undefined {
  try {
    return localStorage.getItem(item) ?? undefined;
  } catch {
    return undefined; // storage is forbidden here: see the header
  }
}

function write(item: string, value: string): void {
  try {
    localStorage.setItem(item, value);
  } catch {
    // Forbidden or full: the page works on without a memory.
  }
}

/** Random enough to be nobody else's; crypto.randomUUID is missing on plain http in a local network. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function ownKey(): string {
  const known = read(KEY);
  if (known !== undefined && /^[\da-f]{32}$/.test(known)) return known;
  const made = randomId();
  write(KEY, made);
  return made;
}

export function ownName(): string | undefined {
  const known = read(NAME);
  return known === undefined ? undefined : cleanName(known);
}

export function rememberName(name: string): void {
  write(NAME, name);
}

/** Calls back when another tab of this browser chose a new name. */
export function onNameChange(changed: (name: string) => void): void {
  addEventListener("storage", (event) => {
    const name = event.key === NAME && event.newValue !== null ? cleanName(event.newValue) : undefined;
    if (name !== undefined) changed(name);
  });
}

/** The default rooms, then those this browser has been to. */
export function knownRooms(): string[] {
  const remembered = (read(ROOMS) ?? "").split(" ").filter(isRoomName);
  return [...new Set([...DEFAULT_ROOMS, ...remembered])];
}

export function rememberRoom(room: string): void {
  const own = knownRooms().filter((known) => !DEFAULT_ROOMS.includes(known) && known !== room);
  if (!DEFAULT_ROOMS.includes(room)) own.push(room);
  write(ROOMS, own.slice(-MAX_ROOMS).join(" "));
}
