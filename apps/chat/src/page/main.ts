// The page's program: holds what is shown (name, room, timelines) and lets the parts talk to each other.
// Every part knows its own job only; what one of them hears, this file tells the others.
import { DEFAULT_ROOMS } from "../shared/contract.ts";
import type { JoinAnswer, Presence, Typing } from "../shared/contract.ts";
import { isRoomName, toRoomName } from "../shared/text.ts";
import { Composer } from "./composer.ts";
import { Connection } from "./connection.ts";
import { byId, paintAvatar } from "./dom.ts";
import * as identity from "./identity.ts";
import { MessageList } from "./message-list.ts";
import { NameDialog } from "./name-dialog.ts";
import { Outbox } from "./outbox.ts";
import { Sidebars } from "./sidebars.ts";
import { StatusView } from "./status.ts";
import { Timeline } from "./timeline.ts";
import { Toast } from "./toast.ts";
import { TypingLine, TypingSignal } from "./typing.ts";

class Page {
  #name = identity.ownName() ?? "";
  /** Known after the first join. */
  #person = "";
  #room = "";
  #unread = 0;
  readonly #timelines = new Map<string, Timeline>();
  readonly #toast = new Toast();
  readonly #sidebars = new Sidebars();
  readonly #typingLine = new TypingLine();
  readonly #nameDialog = new NameDialog();
  readonly #status = new StatusView(() => this.#connection.tryNow());
  readonly #typingSignal = new TypingSignal((active) => this.#connection.typing(this.#room, active));
  readonly #list = new MessageList({
    onRetry: (id) => this.#outbox.retry(id),
    onDiscard: (id) => {
      this.#outbox.discard(id);
      this.#timeline(this.#room).remove(id);
      this.#draw(true);
    },
  });
  readonly #composer = new Composer({
    onSend: (text) => this.#write(text),
    onInput: (hasText) => this.#typingSignal.onInput(hasText),
  });
  readonly #connection = new Connection(identity.ownKey(), {
    onStatus: (status) => this.#status.set(status),
    onLatency: (ms) => this.#status.setLatency(ms),
    onJoined: (answer) => this.#onJoined(answer),
    onJoinRefused: (room, refusal) => {
      if (refusal.code === "ERR_NAME_INVALID") this.#askName(refusal.message);
      else this.#toast.show(`#${room}: ${refusal.message}`);
    },
    onMessage: (message) => {
      if (!this.#timeline(message.room).add(message)) return;
      this.#typingLine.remove(message.person);
      if (message.room === this.#room) this.#onArrival(message.person);
    },
    onPresence: (presence) => this.#showPeople(presence),
    onTyping: (typing) => this.#onTyping(typing),
    onRooms: (rooms) => {
      this.#sidebars.setCounts(rooms);
      this.#drawRooms();
    },
  });
  readonly #outbox = new Outbox({
    canSend: (room) => this.#connection.isJoined(room),
    send: (letter) => this.#connection.send(letter),
    after: (delayMs, run) => setTimeout(run, delayMs),
    onSending: ({ id, room }) => this.#update(room, (timeline) => timeline.mark(id, "sending")),
    onQueued: ({ id, room }) => this.#update(room, (timeline) => timeline.mark(id, "queued")),
    onFailed: ({ id, room }, problem) =>
      this.#update(room, (timeline) => timeline.mark(id, "failed", problem)),
    onSent: ({ id, room }, place) => {
      this.#update(room, (timeline) => timeline.confirm(id, place));
      this.#wish();
    },
  });

  start(): void {
    addEventListener("hashchange", () => this.#openRoom());
    addEventListener("visibilitychange", () => this.#countUnread(0));
    identity.onNameChange((name) => this.#setName(name));
    byId("rename", HTMLElement).addEventListener("click", () => this.#askName(""));
    for (const button of document.querySelectorAll("[data-copy-link]")) {
      button.addEventListener("click", () => void this.#copyLink());
    }
    byId("new-room", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.#makeRoom();
    });
    this.#openRoom();
    if (this.#name === "") this.#askName("");
    else this.#setName(this.#name);
  }

  #askName(problem: string): void {
    this.#nameDialog.ask(this.#name, problem, (name) => {
      identity.rememberName(name);
      this.#setName(name);
      this.#composer.focus();
    });
  }

  #setName(name: string): void {
    this.#name = name;
    this.#drawMe();
    this.#wish();
  }

  #drawMe(): void {
    byId("my-name", HTMLElement).textContent = this.#name;
    paintAvatar(byId("my-avatar", HTMLElement), this.#person, this.#name);
  }

  /** Shows the room that the address names; a link to nothing leads to the lobby. */
  #openRoom(): void {
    const room = roomInAddress();
    if (room === this.#room) return;
    this.#typingSignal.stop();
    this.#typingLine.clear();
    this.#room = room;
    identity.rememberRoom(room);
    byId("room-name", HTMLElement).textContent = room;
    this.#composer.setRoom(room);
    this.#drawRooms();
    this.#showPeople({ room, total: 0, people: [] });
    this.#countUnread(0);
    this.#list.reset();
    if (this.#timeline(room).entries.length > 0) this.#draw(false);
    this.#sidebars.close();
    this.#wish();
  }

  /** The open room, and those where messages of ours still wait to be sent. */
  #wish(): void {
    if (this.#name === "") return;
    this.#connection.wish(this.#name, new Set([this.#room, ...this.#outbox.rooms]));
  }

  #onJoined(answer: JoinAnswer): void {
    this.#timeline(answer.room).merge(answer.history, answer.epoch);
    this.#person = answer.you.person;
    for (const timeline of this.#timelines.values()) timeline.adopt(this.#person);
    this.#drawMe();
    if (answer.room === this.#room) {
      this.#draw(false);
      this.#showPeople(answer);
      this.#typingLine.clear();
      for (const { person, name } of answer.typing)
        this.#onTyping({ room: answer.room, person, name, active: true });
    }
    this.#outbox.flush();
  }

  #write(text: string): void {
    const id = identity.randomId();
    const own = { id, person: this.#person, name: this.#name, text, at: Date.now() };
    this.#timeline(this.#room).write(own);
    this.#typingSignal.forget();
    this.#draw(true);
    this.#list.scrollToEnd();
    this.#outbox.add({ id, room: this.#room, text });
  }

  #onArrival(person: string): void {
    if (person !== this.#person) this.#list.noteArrival();
    this.#draw(true);
    if (document.hidden) this.#countUnread(this.#unread + 1);
  }

  #onTyping(typing: Typing): void {
    if (typing.room === this.#room && typing.person !== this.#person) this.#typingLine.set(typing);
  }

  #update(room: string, change: (timeline: Timeline) => void): void {
    change(this.#timeline(room));
    if (room === this.#room) this.#draw(true);
  }

  #timeline(room: string): Timeline {
    let timeline = this.#timelines.get(room);
    if (timeline === undefined) {
      timeline = new Timeline();
      this.#timelines.set(room, timeline);
    }
    return timeline;
  }

  #draw(isNews: boolean): void {
    this.#list.draw(this.#timeline(this.#room).entries, this.#person, isNews);
  }

  #drawRooms(): void {
    this.#sidebars.drawRooms([...new Set([...identity.knownRooms(), this.#room])], this.#room);
  }

  #showPeople(presence: Presence): void {
    this.#sidebars.setCounts([{ room: presence.room, total: presence.total }]);
    this.#drawRooms();
    if (presence.room !== this.#room) return;
    this.#sidebars.drawPeople(presence.people, presence.total, this.#person);
  }

  #countUnread(unread: number): void {
    this.#unread = unread;
    document.title = `${unread === 0 ? "" : `(${unread}) `}#${this.#room} · Sockeye chat`;
  }

  #makeRoom(): void {
    const field = byId("new-room-name", HTMLInputElement);
    const room = toRoomName(field.value);
    if (room === "") {
      this.#toast.show("A room needs a name with letters or digits.");
      return;
    }
    field.value = "";
    location.hash = encodeURIComponent(room);
    this.#composer.focus();
  }

  async #copyLink(): Promise<void> {
    try {
      await navigator.clipboard.writeText(location.href);
      this.#toast.show("Link copied. Whoever opens it joins this room.");
    } catch {
      this.#toast.show("Copy the address of this page: it leads to this room.");
    }
  }
}

function roomInAddress(): string {
  const fallback = DEFAULT_ROOMS[0] ?? "lobby";
  let given = "";
  try {
    given = decodeURIComponent(location.hash.slice(1));
  } catch {
    // Half an escape sequence: no room's name.
  }
  const room = isRoomName(given) ? given : toRoomName(given) || fallback;
  if (location.hash !== `#${encodeURIComponent(room)}`)
    history.replaceState(null, "", `#${encodeURIComponent(room)}`);
  return room;
}

new Page().start();
