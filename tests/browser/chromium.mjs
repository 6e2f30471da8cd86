// Drives a headless Chromium over a pipe: the DevTools protocol, as JSON texts that end with a zero.
// That needs nothing but node and Chromium: no package, no port.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const CHROMIUM = process.env.CHROMIUM || "/usr/bin/chromium";
// Nothing decides by time; a condition that does not come true within this is an error.
const PATIENCE = 60_000;

export class Chromium {
  // `flags` are added to those that keep it from doing anything of its own.
  static async start(flags = []) {
    const profile = mkdtempSync(join(tmpdir(), "async-mech-chromium-"));
    const child = spawn(CHROMIUM, [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
      "--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb",
      `--user-data-dir=${profile}`, "--remote-debugging-pipe", ...flags, "about:blank",
    ], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    return new Chromium(child, profile);
  }

  constructor(child, profile) {
    Object.assign(this, { child, profile, next: 1, calls: new Map(), pages: new Map(), ended: false });
    let rest = "";
    child.stdio[4].setEncoding("utf8").on("data", (data) => {
      const texts = (rest + data).split("\0");
      rest = texts.pop();
      for (const text of texts) this.#receive(JSON.parse(text));
    });
    const end = (why) => {
      this.ended = true;
      for (const { reject } of this.calls.values()) reject(new Error(`Chromium has ended: ${why}`));
    };
    child.on("error", end);
    child.on("exit", end);
  }

  #receive({ id, sessionId, method, params, result, error }) {
    if (id) {
      const call = this.calls.get(id);
      this.calls.delete(id);
      if (error) call?.reject(new Error(`${call.method}: ${error.message}`));
      else call?.resolve(result);
    } else {
      this.pages.get(sessionId)?.event(method, params);
    }
  }

  send(method, params = {}, sessionId = undefined) {
    return new Promise((resolve, reject) => {
      if (this.ended) return reject(new Error("Chromium has ended"));
      const id = this.next++;
      this.calls.set(id, { resolve, reject, method });
      this.child.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  // A new tab. `dark` and the size are as the user would have them.
  async page({ width = 1200, height = 800, dark = false, still = false, touch = false } = {}) {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page(this, sessionId, targetId);
    this.pages.set(sessionId, page);
    for (const domain of ["Page", "Runtime", "Network", "Log"]) await page.send(`${domain}.enable`);
    await page.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: touch });
    await page.send("Emulation.setEmulatedMedia", { features: [
      { name: "prefers-color-scheme", value: dark ? "dark" : "light" },
      { name: "prefers-reduced-motion", value: still ? "reduce" : "no-preference" },
    ] });
    return page;
  }

  async close() {
    const gone = new Promise((resolve) => this.child.once("exit", resolve));
    await this.send("Browser.close").catch(() => this.child.kill());
    if (this.child.exitCode === null && this.child.signalCode === null) await gone;
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

class Page {
  constructor(chromium, sessionId, targetId) {
    // What a page should not have: errors on its console, and requests to anything but itself.
    Object.assign(this, { chromium, sessionId, targetId, errors: [], requests: [] });
  }

  event(method, params) {
    if (method === "Runtime.exceptionThrown") {
      const { text, exception } = params.exceptionDetails;
      this.errors.push(exception?.description || text);
    } else if (method === "Runtime.consoleAPICalled" && /error|warning|assert/.test(params.type)) {
      this.errors.push(params.args.map((one) => one.value ?? one.description).join(" "));
    } else if (method === "Log.entryAdded" && params.entry.level === "error") {
      this.errors.push(params.entry.text);
    } else if (method === "Network.requestWillBeSent" && !params.request.url.startsWith("data:")) {
      this.requests.push(params.request.url);
    } else if (method === "Page.javascriptDialogOpening") {
      this.errors.push(`a dialog: ${params.message}`);
      this.send("Page.handleJavaScriptDialog", { accept: true }).catch(() => {});
    }
  }

  send(method, params) {
    return this.chromium.send(method, params, this.sessionId);
  }

  async open(url) {
    await this.send("Page.navigate", { url });
    await this.until("window.asyncMech && asyncMech.ready");
    await this.drawn();
  }

  // The value of an expression; a function's source with `arguments` is called with them.
  async evaluate(code, ...values) {
    const expression = typeof code === "function" ? `(${code})(...${JSON.stringify(values)})` : code;
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
    if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.exception?.description || exceptionDetails.text}`);
    return result.value;
  }

  // Waits until the expression is true.
  async until(expression) {
    const begun = Date.now();
    for (;;) {
      const value = await this.evaluate(expression).catch(() => false);
      if (value) return value;
      if (Date.now() - begun > PATIENCE) throw new Error(`never true: ${expression}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  // Waits until what has changed is drawn.
  drawn() {
    return this.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))");
  }

  async move(x, y) {
    await this.send("Input.dispatchMouseEvent", { type: "mouseMoved", x, y });
    await this.drawn();
  }

  async click(x, y) {
    await this.move(x, y);
    for (const type of ["mousePressed", "mouseReleased"]) {
      await this.send("Input.dispatchMouseEvent", { type, x, y, button: "left", clickCount: 1 });
    }
    await this.drawn();
  }

  // The middle of an element.
  async middle(selector) {
    const box = await this.evaluate((selector) => {
      const box = document.querySelector(selector)?.getBoundingClientRect();
      return box && { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    }, selector);
    if (!box) throw new Error(`no ${selector}`);
    return box;
  }

  async clickOn(selector) {
    const { x, y } = await this.middle(selector);
    await this.click(x, y);
  }

  async press(key, modifiers = 0) {
    const text = key.length === 1 ? key : key === "Enter" ? "\r" : undefined;
    const code = { Enter: 13, Tab: 9, Escape: 27, ArrowLeft: 37, ArrowUp: 38, ArrowRight: 39, ArrowDown: 40, Home: 36, End: 35, " ": 32 }[key];
    const named = { key, code: key.length === 1 ? "" : key, text, modifiers, windowsVirtualKeyCode: code };
    await this.send("Input.dispatchKeyEvent", { type: text ? "keyDown" : "rawKeyDown", ...named });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...named, text: undefined });
    await this.drawn();
  }

  async type(text) {
    await this.send("Input.insertText", { text });
    await this.drawn();
  }

  async screenshot() {
    await this.drawn();
    const { data } = await this.send("Page.captureScreenshot", { format: "png" });
    return Buffer.from(data, "base64");
  }

  async close() {
    this.chromium.pages.delete(this.sessionId);
    await this.chromium.send("Target.closeTarget", { targetId: this.targetId });
  }
}
