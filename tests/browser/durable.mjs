// Opens the pages that tests/durable-trace has written, and a live one: `node durable.mjs FOLDER URL`.

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { deepStrictEqual as same, ok } from "node:assert/strict";
import { Chromium } from "./chromium.mjs";

const [folder, server] = process.argv.slice(2);
const url = (name) => pathToFileURL(join(folder, `${name}.html`)).href;

setTimeout(() => { console.error("stuck"); process.exit(1); }, 600_000).unref();
const chromium = await Chromium.start();
let checks = 0;

async function on(name, what, body, options = {}) {
  const page = await chromium.page(options);
  try {
    await page.open(name === "live" ? server : url(name));
    await body(page);
    same(page.errors, []);
  } catch (error) {
    throw new Error(`${name}: ${what}: ${error.message}`, { cause: error });
  } finally {
    await page.close();
  }
  checks += 1;
}

const inner = (page, selector) => page.evaluate((selector) => document.querySelector(selector).innerText, selector);
const details = (page) => inner(page, "#details");
// Shows one of a function, at one of its events. Of one that the engine runs here, the promise is first.
const look = (page, name, kind, at = 0) => page.evaluate((name, kind, at) => asyncMech.look(asyncMech.ids(name)[at], kind), name, kind, at);
// What is written on a canvas while it is drawn anew.
const written = (page, tab) => page.evaluate((tab) => {
  const { prototype } = CanvasRenderingContext2D, { fillText } = prototype, texts = [];
  prototype.fillText = function (text, ...rest) { texts.push(text.replace(/[\u2066-\u2069]/g, "")); return fillText.call(this, text, ...rest); };
  asyncMech.show(tab);
  prototype.fillText = fillText;
  return texts;
}, tab);

try {
  await on("whole", "entities", async (page) => {
    await page.evaluate("asyncMech.show('entities')");
    // Those on the engine have two outlines, and a promise as others do.
    same(await page.evaluate("document.querySelectorAll('#entities .inner').length"), 4);
    same(await page.evaluate("document.querySelectorAll('#entities .node').length"), 15);
    const labels = await page.evaluate("[...document.querySelectorAll('#entities .node')].map((node) => [node.getAttribute('aria-label'), node.textContent.replace(/[\\u2066-\\u2069]/g, '')])");
    const [, shown] = labels.find(([label]) => /charge, on the engine as order-7\.1$/.test(label));
    ok(/charge.*order-7\.1/.test(shown), shown);
    ok(labels.some(([label]) => /^execution #\d+ checkout\(items = 4\), durable as order-7$/.test(label)), labels.join("\n"));
    ok(labels.some(([label]) => /^promise #\d+: 1042$/.test(label)));
    ok(labels.some(([label, shown]) => /^promise #\d+: ✕$/.test(label) && shown === "✕"));
    same(await page.evaluate("[...document.querySelectorAll('#entities .label')].some((label) => label.textContent === 'create')"), false);
  }, { width: 1500 });

  await on("whole", "details of what the engine runs", async (page) => {
    await look(page, "charge", "durable");
    const charge = await details(page);
    ok(/The engine is to run #\d+ charge, in a process of its choice, as order-7\.1\./.test(charge), charge);
    ok(/promise of an execution on the engine/.test(charge) && /completed/.test(charge), charge);
    ok(/durable id\s+order-7\.1/.test(charge) && /on the engine\s+\d/.test(charge) && /Value\s+1042/.test(charge), charge);
    ok(!/queued|thread|runs here/.test(charge), charge);
    await look(page, "mail", "fail");
    const mail = await details(page);
    ok(/Failure: Panicked/.test(mail) && mail.includes("no such <address> & \"name\"") && mail.includes("order-7.2"), mail);
    // The engine had this process run it: both sides lead to each other.
    await look(page, "price", "durable");
    ok(/runs here as\s+#\d+ price/.test(await details(page)), await details(page));
    await look(page, "price", "durable", 1);
    const here = await details(page);
    ok(/is durable: the engine knows it as order-7\.0\./.test(here) && /promise\s+#\d+ price/.test(here) && /thread\s+thread/.test(here), here);
  });

  await on("whole", "the sequence, with and without the event loop", async (page) => {
    const loop = await written(page, "sequence");
    for (const text of ["invoke charge", "run on the engine", "durable as order-7"]) ok(loop.includes(text), `${text} in ${loop}`);
    ok(loop.some((text) => /^(on the engine as|engine:) order-7\.1$/.test(text)), loop.join());
    await page.clickOn("#tools input");
    const short = await written(page, "sequence");
    ok(short.includes("invoke charge") && short.includes("1042") && !short.includes("run on the engine"), short.join());
    ok(short.some((text) => text.startsWith("panicked")) && short.includes("abandoned: nobody here awaits it"), short.join());
  }, { width: 1800, height: 1300 });

  await on("whole", "the timeline", async (page) => {
    const texts = await written(page, "timeline");
    for (const text of ["on the engine as order-7.1 → 1042", "on the engine as order-7.2 → panicked"]) ok(texts.includes(text), `${text} in ${texts}`);
  }, { width: 1600 });

  await on("whole", "the timeline in a narrow window", async (page) => {
    const texts = await written(page, "timeline");
    ok(texts.some((text) => /order-7\.2 → panicked$/.test(text)), texts.join());
    ok(await page.evaluate("document.documentElement.scrollWidth") <= 360);
  }, { width: 360, height: 740 });

  await on("whole", "words around it", async (page) => {
    ok(/^8 executions · 4 of them on the engine · 7 promises/.test(await inner(page, "#facts")));
    ok(/on the engine, in some process/.test(await details(page)));
    await page.evaluate("asyncMech.show('functions')");
    const functions = await inner(page, "#functions");
    ok(/charge on the engine\s+1/.test(functions) && /\bprice\s+1/.test(functions), functions);
    await page.evaluate("document.querySelector('#search').focus()");
    await page.type("order-7.1");
    same(await inner(page, "#found"), "1 of 8");
    await page.evaluate("asyncMech.show('entities')");
    await page.clickOn("#tools input");
    ok(/charge.*on the engine as order-7\.1/s.test(await inner(page, "#entities [role=tree]")));
  });

  await on("midst", "the state of what has not ended", async (page) => {
    await page.evaluate("asyncMech.show('state'); asyncMech.moment(asyncMech.counts().events)");
    const rows = await page.evaluate("[...document.querySelectorAll('#state .row[data-id]')].map((row) => row.innerText)");
    const charge = rows.find((row) => /charge/.test(row));
    ok(/order-7\.1/.test(charge) && /◎ on the engine/.test(charge) && /#\d+ checkout/.test(charge), rows.join("\n"));
    ok(/checkout.*order-7/s.test(rows[0]) && /● pending/.test(rows[0]), rows.join("\n"));
    await look(page, "charge", "create");
    const pending = await details(page);
    ok(/◎ on the engine/.test(pending) && /invokes #\d+ charge: it is to run on the engine\./.test(pending), pending);
  });

  await on("local", "nothing of it", async (page) => {
    ok(!/engine/.test(await inner(page, "#facts")) && !/engine/.test(await details(page)));
    await page.evaluate("asyncMech.show('entities')");
    same(await page.evaluate("document.querySelectorAll('#entities .inner').length"), 0);
  });

  await on("live", "the same as it comes", async (page) => {
    await page.until("/of them on the engine/.test(document.querySelector('#facts').textContent)");
    await page.until("asyncMech.ids('charge').length > 1");
    await look(page, "charge", "durable", 1);
    ok(/durable id\s+order-7\.1/.test(await details(page)), await details(page));
    const texts = await written(page, "sequence");
    ok(texts.some((text) => /order-7\.\d$/.test(text)), texts.join());
  }, { width: 1600 });

  console.log(`${checks} checks in a browser`);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await chromium.close();
}
