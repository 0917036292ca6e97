// The chat in a real browser: people at pages, a server that dies, networks that are hostile.
import { io } from "socket.io-client";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import {
  PATIENCE_MS,
  enter,
  launchBrowser,
  missing,
  startChat,
  startProxyWithoutWebSocket,
  startWeakLink,
  visit,
} from "./harness.ts";
import type { Visitor } from "./harness.ts";

const reason = missing({ browser: true });
const title = `the chat in a browser${reason === undefined ? "" : ` (${reason})`}`;

/** A guest without a page: an unmodified Socket.IO client. */
async function guest(url: string, name: string, room = "lobby") {
  const socket = io(url, { forceNew: true });
  onTestFinished(() => void socket.disconnect());
  const answer = await socket.timeout(PATIENCE_MS).emitWithAck("join", { room, name });
  expect(answer).toMatchObject({ ok: true });
  return {
    socket,
    say: (text: string) => socket.timeout(PATIENCE_MS).emitWithAck("message", { room, text }),
  };
}

const peopleOf = ({ page }: Visitor) => page.locator("#people li bdi").allTextContents();

describe.skipIf(reason !== undefined)(title, { timeout: 60_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  test("carries what one person writes to another, and to who comes later", async () => {
    const chat = await startChat();
    const ada = await visit(browser, chat.url, "Ada");
    const bo = await visit(browser, chat.url, "Bo");
    await ada.say("Hello Bo");
    await bo.sees("Hello Bo");
    await bo.say("Hello Ada");
    await ada.sees("Hello Ada");
    await ada.page.waitForSelector('.mine[data-delivery="sent"]');
    const cy = await visit(browser, chat.url, "Cy");
    await cy.sees("Hello Ada");
    expect(await cy.texts()).toEqual(["Hello Bo", "Hello Ada"]);
    for (const visitor of [ada, bo, cy]) {
      await expect.poll(() => peopleOf(visitor), { timeout: PATIENCE_MS }).toEqual(["Ada", "Bo", "Cy"]);
      expect(visitor.accidents).toEqual([]);
    }
  });

  test("shows who types, until they stop", async () => {
    const chat = await startChat();
    const ada = await visit(browser, chat.url, "Ada");
    const bo = await visit(browser, chat.url, "Bo");
    await ada.page.locator("#text").pressSequentially("Hm");
    await bo.page.waitForSelector("#typing bdi");
    expect(await bo.page.textContent("#typing")).toBe("Ada is typing…");
    expect(await ada.page.textContent("#typing")).toBe("");
    await bo.page.waitForSelector("#typing bdi", { state: "detached" });
    await ada.page.locator("#text").pressSequentially("m");
    await bo.page.waitForSelector("#typing bdi");
    await ada.page.press("#text", "Enter");
    await bo.sees("Hmm");
    await bo.page.waitForSelector("#typing bdi", { state: "detached" });
  });

  test("counts two tabs as one person, who leaves with the last", async () => {
    const chat = await startChat();
    const ada = await visit(browser, chat.url, "Ada");
    const bo = await visit(browser, chat.url, "Bo");
    const tab = await ada.page.context().newPage();
    await tab.goto(chat.url); // knows the name already
    await bo.page.waitForSelector("#people li:has-text('2 tabs')");
    expect(await peopleOf(bo)).toEqual(["Ada", "Bo"]);
    await ada.say("From the first tab");
    await tab.waitForSelector(".mine:has-text('From the first tab')");
    await tab.close();
    await bo.page.waitForSelector("#people li:has-text('2 tabs')", { state: "detached" });
    await ada.page.close();
    await expect.poll(() => peopleOf(bo), { timeout: PATIENCE_MS }).toEqual(["Bo"]);
  });

  test("keeps rooms apart, and a link leads into one", async () => {
    const chat = await startChat();
    const ada = await visit(browser, chat.url, "Ada", "tea-cake");
    const bo = await visit(browser, chat.url, "Bo");
    await ada.say("Only here");
    await ada.page.waitForSelector('.mine[data-delivery="sent"]');
    await bo.page.fill("#new-room-name", "Tea & Cake");
    await bo.page.press("#new-room-name", "Enter");
    await bo.sees("Only here");
    expect(new URL(bo.page.url()).hash).toBe("#tea-cake");
    await bo.page.click("#rooms a:has-text('lobby')");
    await bo.page.waitForSelector("#empty:visible");
    expect(await bo.texts()).toEqual([]);
    await bo.page.goBack();
    await bo.sees("Only here");
  });

  test("shows hostile names and messages as the text that they are", async () => {
    const chat = await startChat();
    const texts = [
      '<img src=x onerror="window.hacked = 1; alert(1)">',
      "<script>window.hacked = 2</script>",
      '"><svg/onload=alert(2)>',
      "</li></ol><h1>gone</h1>",
      'javascript:alert(3) https://example.org/"onmouseover=alert(4)//',
      "\u202eright to left\u202c and \u200bzero\u200dwidth\ufeff here",
      "&lt;b&gt; {{7*7}} ${7*7} %3Cscript%3E",
    ];
    const name = "<img src=x onerror=alert(5)>";
    const bo = await visit(browser, chat.url, "Bo");
    const eve = await guest(chat.url, name);
    for (const text of texts) expect(await eve.say(text)).toMatchObject({ ok: true });
    const mallory = await visit(browser, chat.url, "<script>alert(6)</script>\u202e");
    await mallory.say(texts[0] ?? "");
    for (const visitor of [bo, mallory]) {
      await visitor.sees(texts[0] ?? "", 2);
      expect(await visitor.texts()).toEqual([...texts, texts[0]]);
      expect(await visitor.page.locator("#log bdi").first().textContent()).toBe(name);
      await visitor.page.waitForSelector("#people li:nth-child(3)");
      expect(await peopleOf(visitor)).toEqual(["Bo", name, "<script>alert(6)</script>"]);
      const { page, accidents } = visitor;
      expect(
        await page.locator("#app img, #app script, #app h1:not(.brand h1), #log svg, #log style").count(),
      ).toBe(0);
      expect(await page.evaluate("window.hacked")).toBeUndefined();
      expect(
        await page.locator("#log a").evaluateAll((links) => links.map((link) => link.getAttribute("href"))),
      ).toEqual(['https://example.org/"onmouseover=alert(4)//']);
      expect(accidents).toEqual([]);
    }
  });

  test("lets no markup and no foreign script into the page", async () => {
    const chat = await startChat();
    const { page } = await visit(browser, chat.url, "Ada");
    const response = await page.request.get(chat.url);
    expect(response.headers()["content-security-policy"]).toContain("script-src 'self'");
    const parsed = await page.evaluate(() => {
      try {
        document.body.insertAdjacentHTML("beforeend", "<b>markup</b>");
        return "parsed";
      } catch (error) {
        return error instanceof Error ? error.name : "?";
      }
    });
    expect(parsed).toBe("TypeError");
    const ran = await page.evaluate(() => {
      const script = document.createElement("script");
      const text = document.createTextNode("window.hacked = 3");
      script.append(text);
      document.head.append(script);
      return Reflect.get(globalThis, "hacked") as unknown;
    });
    expect(ran).toBeUndefined();
  });

  test("comes back by itself after the server was killed, and delivers what was written meanwhile once", async () => {
    const chat = await startChat();
    const ada = await visit(browser, chat.url, "Ada");
    const bo = await visit(browser, chat.url, "Bo");
    await ada.say("Before");
    await bo.sees("Before");
    await chat.stop("SIGKILL");
    await Promise.all([ada.isCutOff(), bo.isCutOff()]);
    await ada.say("In the dark");
    await ada.say("And again");
    await ada.page.waitForSelector('.mine[data-delivery="queued"] >> nth=1');
    expect(await ada.page.textContent("#banner-text")).toContain("sent when we are back");

    await startChat(chat.port);
    await Promise.all([ada.isOnline(), bo.isOnline()]);
    await bo.sees("And again");
    await bo.say("Welcome back");
    await ada.sees("Welcome back");
    const everything = ["Before", "In the dark", "And again", "Welcome back"];
    expect(await ada.texts()).toEqual(everything);
    expect(await bo.texts()).toEqual(everything);
    await ada.page.waitForSelector('.mine:not([data-delivery="sent"])', { state: "detached" });
    const cy = await visit(browser, chat.url, "Cy");
    await cy.sees("Welcome back");
    expect(await cy.texts()).toEqual(everything.slice(1));
    await expect.poll(() => peopleOf(cy), { timeout: PATIENCE_MS }).toHaveLength(3);
    for (const visitor of [ada, bo, cy]) expect(visitor.accidents).toEqual([]);
  });

  test("sends again what lost its answer, and it stays one message", async () => {
    const chat = await startChat();
    const link = await startWeakLink(chat.port);
    const ada = await visit(browser, link.url, "Ada");
    const bo = await visit(browser, chat.url, "Bo");
    await ada.isOnline("websocket");
    link.mute();
    await ada.say("Did you get this?");
    await bo.sees("Did you get this?");
    expect(await ada.page.locator('.mine[data-delivery="sending"]').count()).toBe(1);
    link.cut();
    await ada.page.waitForSelector('.mine[data-delivery="sent"]');
    await ada.say("And this?");
    await bo.sees("And this?");
    expect(await bo.texts()).toEqual(["Did you get this?", "And this?"]);
    expect(await ada.texts()).toEqual(["Did you get this?", "And this?"]);
  });

  test("gives a message back when no answer comes, and sends it again on request", async () => {
    const chat = await startChat();
    const link = await startWeakLink(chat.port);
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.clock.install(); // the page's time, to be turned forward below
    const ada = await enter(page, link.url, "Ada");
    const bo = await visit(browser, chat.url, "Bo");
    await ada.isOnline("websocket");
    link.mute();
    await ada.say("Hello?");
    await bo.sees("Hello?");
    await page.clock.fastForward(10_000);
    await page.waitForSelector('.failed:has-text("Not sent: the server did not answer")');
    link.unmute();
    await page.click(".failed button:has-text('Try again')");
    await page.waitForSelector('.mine[data-delivery="sent"]');
    await ada.say("There you are");
    await bo.sees("There you are");
    expect(await bo.texts()).toEqual(["Hello?", "There you are"]);
  });

  test("works where WebSocket is blocked, and says which transport it has", async () => {
    const chat = await startChat();
    const proxy = await startProxyWithoutWebSocket(chat.port);
    const ada = await visit(browser, proxy.url, "Ada");
    const bo = await visit(browser, chat.url, "Bo");
    await bo.isOnline("websocket");
    await expect.poll(proxy.refused, { timeout: PATIENCE_MS }).toBeGreaterThan(0);
    await ada.say("Through the keyhole");
    await bo.sees("Through the keyhole");
    await bo.say("Loud and clear");
    await ada.sees("Loud and clear");
    await ada.isOnline("polling");
    expect(await ada.page.textContent("#status-text")).toBe("polling");
    expect(await bo.page.textContent("#status-text")).toBe("websocket");
    await ada.page.waitForSelector("#latency:has-text('ms')");
    await bo.page.waitForSelector("#latency:has-text('ms')");
  });

  test("leaves a reader who scrolled up in peace, and counts what is new", async () => {
    const chat = await startChat();
    const { page, sees } = await visit(browser, chat.url, "Ada");
    for (const name of ["Bo", "Cy", "Di"]) {
      const { say } = await guest(chat.url, name);
      for (let i = 1; i <= 10; i++) await say(`${name} ${i}`);
    }
    await sees("Di 10");
    const distance = () => page.$eval("#scroller", (it) => it.scrollHeight - it.scrollTop - it.clientHeight);
    expect(await distance()).toBeLessThan(2);
    await page.$eval("#scroller", (it) => (it.scrollTop = 0));
    await expect.poll(distance, { timeout: PATIENCE_MS }).toBeGreaterThan(500);
    const eve = await guest(chat.url, "Eve");
    await page.waitForFunction(() => new Promise((resolve) => requestAnimationFrame(() => resolve(true))));
    await eve.say("One");
    await eve.say("Two");
    await page.waitForSelector("#new-messages:has-text('2 new messages')");
    expect(await page.$eval("#scroller", (it) => it.scrollTop)).toBe(0);
    await page.click("#new-messages");
    await page.waitForSelector("#new-messages", { state: "hidden" });
    expect(await distance()).toBeLessThan(2);
  });

  test("fits a small phone, and its drawers answer to the keyboard", async () => {
    const chat = await startChat();
    const context = await browser.newContext({ viewport: { width: 360, height: 640 }, hasTouch: true });
    onTestFinished(() => context.close());
    const { page, say, sees } = await enter(await context.newPage(), chat.url, "Ada");
    await say("w".repeat(300));
    await sees("w".repeat(300));
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    expect(await page.isVisible("#rooms")).toBe(false);
    await page.click("#open-rooms");
    await page.waitForSelector("#rooms:visible");
    await page.keyboard.press("Escape");
    await page.waitForSelector("#rooms", { state: "hidden" });
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("open-rooms");
    await page.click("#open-people");
    await page.waitForSelector("#people:visible");
    expect(await page.locator("#people li").allTextContents()).toEqual(["AAdayou"]);
  });
});
