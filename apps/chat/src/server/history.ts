// What one room remembers: its last messages, within a count and a size, and the ids of somewhat more of
// them, so that a message sent twice (a client that never saw our answer) is stored once.
import type { ChatMessage } from "../shared/contract.ts";
import { Refused } from "./refused.ts";

export interface HistoryLimits {
  /** Messages kept for newcomers. */
  messages: number;
  /** Their texts and names together, in UTF-16 code units. */
  characters: number;
  /** Ids remembered for recognising a message that is sent again; at least `messages`. */
  ids: number;
}

export interface Draft {
  room: string;
  id: string;
  person: string;
  name: string;
  text: string;
}

interface Known {
  person: string;
  seq: number;
  at: number;
}

export class History {
  readonly #limits: HistoryLimits;
  readonly #messages: ChatMessage[] = [];
  readonly #known = new Map<string, Known>();
  #characters = 0;
  #seq = 0;

  constructor(limits: HistoryLimits) {
    this.#limits = limits;
  }

  /** Oldest first. A copy: later messages do not show up in it. */
  list(): readonly ChatMessage[] {
    return [...this.#messages];
  }

  /** Stores a message once: the same id from the same person again gives the first one's place. */
  add(draft: Draft, now: number): { seq: number; at: number; message: ChatMessage | undefined } {
    const known = this.#known.get(draft.id);
    if (known !== undefined) {
      if (known.person !== draft.person) throw new Refused("ERR_ID_TAKEN");
      return { seq: known.seq, at: known.at, message: undefined };
    }
    this.#seq += 1;
    const message: ChatMessage = { ...draft, seq: this.#seq, at: now };
    this.#messages.push(message);
    this.#characters += size(message);
    this.#known.set(draft.id, { person: draft.person, seq: message.seq, at: now });
    this.#trim();
    return { seq: message.seq, at: now, message };
  }

  #trim(): void {
    while (this.#messages.length > this.#limits.messages || this.#characters > this.#limits.characters) {
      const oldest = this.#messages.shift();
      if (oldest === undefined) break;
      this.#characters -= size(oldest);
    }
    for (const id of this.#known.keys()) {
      if (this.#known.size <= this.#limits.ids) break;
      this.#known.delete(id);
    }
  }
}

function size(message: ChatMessage): number {
  return message.text.length + message.name.length;
}
