// Opens the pages that tests/tests/page has written, and uses them: `node check.mjs FOLDER`.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { deepStrictEqual as same, ok } from "node:assert/strict";
import { Chromium } from "./chromium.mjs";
import { live } from "./live.mjs";

const folder = process.argv[2];
const plan = JSON.parse(readFileSync(join(folder, "plan.json"), "utf8"));
const url = (name) => pathToFileURL(join(folder, `${name}.html`)).href;
const recordsOf = (name) => JSON.parse(readFileSync(join(folder, `${name}.html`), "utf8").split('id="records">')[1].split("</script")[0]);
const TABS = ["sequence", "entities", "timeline", "state", "functions"];
const SHIFT = 8;

// A browser that does not answer at all is an error, too.
setTimeout(() => { console.error("stuck"); process.exit(1); }, 600_000).unref();
const chromium = await Chromium.start();
let checks = 0;

// Opens a page, does something with it, and sees that it was silent.
async function on(name, what, body, options = {}) {
  const page = await chromium.page(options);
  try {
    await page.open(url(name));
    await body(page);
    same(page.errors, []);
    same(page.requests.filter((request) => request !== url(name)), []);
  } catch (error) {
    throw new Error(`${name}: ${what}: ${error.message}`, { cause: error });
  } finally {
    await page.close();
  }
  checks += 1;
}

const visible = (page) => page.evaluate(() => [...document.querySelectorAll('[role="tabpanel"]')].filter((panel) => !panel.hidden).map((panel) => panel.id));
const selected = (page) => page.evaluate(() => [...document.querySelectorAll('[role="tab"][aria-selected="true"]')].map((tab) => tab.textContent));
const details = (page) => page.evaluate("document.querySelector('#details').innerText");
const text = (page, selector) => page.evaluate((selector) => document.querySelector(selector).textContent, selector);
// Whether something is drawn on the canvas of a tab: it has more than a ground.
const colors = (page, tab) => page.evaluate((tab) => {
  const canvas = document.querySelector(`#${tab} canvas`);
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const seen = new Set();
  for (let at = 0; at < data.length; at += 4) seen.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
  return seen.size;
}, tab);
const sorted = ({ promises, awaiters }) => ({ promises, awaiters: Object.fromEntries(Object.entries(awaiters).map(([id, by]) => [id, by.toSorted((a, b) => a - b)])) });

try {
  await on("fib", "tabs by mouse", async (page) => {
    for (const tab of TABS.toReversed()) {
      await page.clickOn(`#tab-${tab}`);
      same(await visible(page), [tab]);
      same((await selected(page)).map((name) => name.toLowerCase()), [tab]);
    }
  });

  await on("fib", "tabs by keyboard", async (page) => {
    await page.evaluate("document.querySelector('#tab-sequence').focus()");
    for (const tab of [...TABS.slice(1), TABS[0]]) {
      await page.press("ArrowRight");
      same(await visible(page), [tab]);
      same(await page.evaluate("document.activeElement.id"), `tab-${tab}`);
    }
    await page.press("ArrowLeft");
    same(await visible(page), ["functions"]);
    await page.press("Home");
    same(await visible(page), ["sequence"]);
    // The tabs are one stop: the next is the view's tools, then the view.
    same(await page.evaluate("document.querySelectorAll('[role=tab][tabindex=\"0\"]').length"), 1);
    const stops = new Set();
    for (let n = 0; n < 12; n++) {
      await page.press("Tab");
      stops.add(await page.evaluate("document.activeElement.className || document.activeElement.id"));
    }
    ok(stops.has("scroller"), [...stops].join());
    ok(stops.has("details"), [...stops].join());
  });

  await on("fib", "every tab draws, in light", async (page) => {
    for (const tab of ["sequence", "timeline"]) {
      await page.clickOn(`#tab-${tab}`);
      ok(await colors(page, tab) > 20);
    }
    await page.clickOn("#tab-entities");
    // 25 invocations have two nodes each, and the root one.
    same(await page.evaluate("document.querySelectorAll('#entities .node').length"), 51);
    await page.clickOn("#tab-functions");
    ok((await text(page, "#functions tbody")).startsWith("fib25"));
  });

  await on("fib", "dark is dark", async (page) => {
    const ground = await page.evaluate("[...document.querySelector('#sequence canvas').getContext('2d').getImageData(2, 200, 1, 1).data]");
    ok(ground.slice(0, 3).every((part) => part < 60), ground.join());
    ok(await colors(page, "sequence") > 20);
  }, { dark: true });

  await on("fib", "it fits a narrow window", async (page) => {
    for (const tab of TABS) {
      await page.evaluate((tab) => asyncMech.show(tab), tab);
      ok(await page.evaluate("document.documentElement.scrollWidth") <= 360, tab);
    }
  }, { width: 360, height: 640 });

  await on("fib", "the pointer shows details", async (page) => {
    await page.clickOn("#tab-sequence");
    const box = await page.evaluate("(({ x, y }) => ({ x, y }))(document.querySelector('#sequence .scroller').getBoundingClientRect())");
    // The first row is the invocation of fib(6).
    await page.move(box.x + 12, box.y + 46 + 10);
    const first = await details(page);
    ok(/invokes #\d+ fib/.test(first) && /n\s+6/.test(first) && /Value\s+8/.test(first), first);
    ok(/defined\s+\S+program\.rs:\d+/.test(first) && /call\s+\S+browser\.rs:\d+/.test(first) && /caller\s+#\d+/.test(first), first);
    for (const word of ["queued", "ran", "waited", "thread", "invoked", "awaited by"]) ok(first.includes(word), word);
    await page.move(600, 40);
    ok((await details(page)).includes("The run"));
  });

  await on("fib", "keys move through the sequence, and show details", async (page) => {
    await page.evaluate("document.querySelector('#sequence .scroller').focus()");
    await page.press("ArrowDown");
    const first = await details(page);
    await page.press("ArrowDown");
    const second = await details(page);
    ok(first !== second && /Event \d+ of/.test(second), second);
    await page.press("End");
    ok(/await of #\d+ fib returns: 8/.test(await details(page)), await details(page));
    await page.press("Home");
    same(await details(page), first);
    await page.press("Escape");
    ok((await details(page)).includes("The run"));
  });

  await on("fib", "the timeline: pointer, keys and zoom", async (page) => {
    await page.clickOn("#tab-timeline");
    await page.evaluate("document.querySelector('#timeline .scroller').focus()");
    await page.press("ArrowDown");
    await page.press("ArrowDown");
    ok(/#\d+ fib/.test(await details(page)));
    const pixels = () => page.evaluate("document.querySelector('#timeline canvas').toDataURL().length");
    const whole = await pixels();
    await page.press("+");
    await page.press("+");
    const near = await pixels();
    ok(near !== whole);
    await page.press("0");
    same(await pixels(), whole);
    await page.press("Enter");
    ok(await pixels() !== 0);
  });

  await on("fib", "the entities: focus and picking", async (page) => {
    await page.clickOn("#tab-entities");
    await page.evaluate("document.querySelectorAll('#entities .node')[3].focus()");
    await page.drawn();
    ok(/#\d+ fib/.test(await details(page)));
    await page.press("Enter");
    ok(/Event \d+ of/.test(await details(page)));
    // The same as a tree.
    await page.clickOn("#tools input");
    ok(await page.evaluate("document.querySelectorAll('#entities .row').length") > 2);
    await page.evaluate("document.querySelector('[role=tree]').focus()");
    await page.press("Home");
    await page.press("ArrowLeft");
    same(await page.evaluate("document.querySelectorAll('#entities .row').length"), 1);
    await page.press("ArrowRight");
    await page.press("ArrowRight");
    same(await page.evaluate("document.querySelector('[role=treeitem][aria-selected=true]').getAttribute('aria-level')"), "2");
  });

  await on("fib", "search", async (page) => {
    await page.press("/");
    same(await page.evaluate("document.activeElement.id"), "search");
    await page.type("n = 3");
    same(await text(page, "#found"), "3 of 26");
    await page.press("Enter");
    const first = await details(page);
    ok(/n\s+3/.test(first), first);
    await page.press("Enter");
    ok(await details(page) !== first);
    await page.press("Enter", SHIFT);
    same(await details(page), first);
    const id = /#(\d+) fib\n/.exec(first)[1];
    await page.evaluate("document.querySelector('#search').select()");
    await page.type(`#${id}`);
    same(await text(page, "#found"), "1 of 26");
    await page.press("Escape");
    same(await text(page, "#found"), "");
  });

  for (const name of ["program", "whole"]) {
    await on(name, "the state after every number of events", async (page) => {
      const states = plan[name];
      same(await page.evaluate("asyncMech.counts().events"), states.length - 1);
      const forth = await page.evaluate("Array.from({ length: asyncMech.counts().events + 1 }, (_, n) => asyncMech.stateAfter(n))");
      states.forEach((state, n) => same(forth[n], state, `after ${n}`));
      // Backwards it is the same.
      const back = await page.evaluate("Array.from({ length: asyncMech.counts().events + 1 }, (_, n) => asyncMech.stateAfter(asyncMech.counts().events - n))");
      states.forEach((state, n) => same(back[states.length - 1 - n], state, `back after ${n}`));
    });
  }

  await on("whole", "the slider shows that state, by keyboard", async (page) => {
    await page.clickOn("#tab-state");
    await page.evaluate("document.querySelector('#moment').focus()");
    await page.press("Home");
    ok((await text(page, "#now")).startsWith("after 0 of"));
    ok((await text(page, "#article")).includes("promises: %{}"));
    for (let n = 1; n <= 25; n++) {
      await page.press("ArrowRight");
      const state = plan.whole[n];
      same(await page.evaluate("document.querySelector('#moment').valueAsNumber"), n);
      const rows = await page.evaluate("[...document.querySelectorAll('#state .rows .row')].map((row) => [row.dataset.id, row.children[1].textContent, row.children[2].textContent])");
      same(rows.map(([id]) => id), Object.keys(state.promises));
      for (const [id, progress, awaiters] of rows) {
        ok(progress.includes(state.promises[id]), progress);
        same((awaiters.match(/#\d+/g) || []).map((id) => Number(id.slice(1))), state.awaiters[id]);
      }
      const article = await text(page, "#article");
      for (const id of Object.keys(state.promises)) ok(article.includes(`#${id} => `));
    }
    await page.press("End");
    ok((await text(page, "#now")).startsWith(`after ${plan.whole.length - 1} of`));
  });

  await on("midst", "a run that is not over: its last state equals the snapshot", async (page) => {
    const { events, snapshot } = plan.midst;
    same(await page.evaluate("asyncMech.counts().events"), events);
    same(sorted(await page.evaluate((n) => asyncMech.stateAfter(n), events)), sorted(snapshot));
    for (const tab of TABS) await page.clickOn(`#tab-${tab}`);
    await page.clickOn("#tab-state");
    await page.evaluate("document.querySelector('#moment').focus()");
    await page.press("End");
    const rows = await page.evaluate("[...document.querySelectorAll('#state .rows .row')].map((row) => row.dataset.id)");
    same(rows, Object.keys(snapshot.promises));
    ok((await text(page, "#state .rows")).includes("failed"));
  });

  await on("midst", "and in the whole run, the state at that moment does", async (page) => {
    await page.open(url("whole"));
    same(sorted(await page.evaluate((n) => asyncMech.stateAfter(n), plan.midst.events)), sorted(plan.midst.snapshot));
    page.requests.length = 0;
  });

  await on("hostile", "names and values are shown as they are, and do nothing", async (page) => {
    for (const tab of TABS) await page.clickOn(`#tab-${tab}`);
    same(await page.evaluate("document.images.length + document.querySelectorAll('b[onerror], body > img').length"), 0);
    for (const value of plan.hostile) {
      const inside = JSON.stringify(value).slice(1, 8);
      await page.evaluate("document.querySelector('#search').focus(), document.querySelector('#search').select()");
      await page.type(inside.slice(0, 4));
      await page.press("Enter");
      for (const tab of TABS) await page.clickOn(`#tab-${tab}`);
    }
    const ids = await page.evaluate("asyncMech.counts().entities");
    const shown = await page.evaluate("asyncMech.ids().map((id) => (asyncMech.look(id), document.querySelector('#details').textContent)).join('\\n\\n')");
    for (const part of ["</script><img src=x onerror=alert(1)>", "</script><img src=x onerror=alert(3)>", "שלום", "🏴‍☠️", "generic<alloc::vec::Vec<core::option::Option<&str>>>"]) ok(shown.includes(part), part);
    ok(ids > 9);
    // What runs from right to left is kept to itself.
    ok(await page.evaluate("document.querySelectorAll('#details bdi').length") > 0);
    // Of a long value the beginning, and the rest when asked for.
    const last = await page.evaluate("asyncMech.ids().at(-1)");
    await page.evaluate((id) => asyncMech.look(id), last);
    ok(await page.evaluate("document.querySelector('#details').textContent.length") < 100_000);
    for (let n = 0; n < 10; n++) await page.evaluate("document.querySelector('#details .value .link')?.click()");
    const longest = await page.evaluate("Math.max(...[...document.querySelectorAll('#details pre')].map((pre) => pre.textContent.length))");
    same(longest, plan.long + 2);
  });

  await on("large", "the state of a long run is the same from either side", async (page) => {
    // Also just after where it keeps copies.
    const moments = "Array.from({ length: 40 }, (_, n) => Math.round((n / 39) * asyncMech.counts().events)).concat(Array.from({ length: 48 }, (_, n) => 8192 * (1 + (n >> 3)) + n % 8)).sort((a, b) => a - b)";
    const forth = await page.evaluate(`${moments}.map((n) => asyncMech.stateAfter(n))`);
    const back = await page.evaluate(`${moments}.reverse().map((n) => asyncMech.stateAfter(n))`);
    same(back.reverse(), forth);
    ok(Object.keys(forth[20].promises).length > 0);
  });

  await on("large", "what is left out is said", async (page) => {
    ok(/^Not shown: [\d,]+ of the run's 36,0\d\d executions/.test(await text(page, "#notice")), await text(page, "#notice"));
    ok(await page.evaluate("document.querySelector('#notice').offsetHeight") > 0);
    await page.clickOn("#tab-functions");
    ok((await text(page, "#functions tbody")).includes("leaf24,000"));
    await page.clickOn("#tab-entities");
    ok(/\+1,[\d,]+ below/.test(await text(page, "#entities .rows")));
    // Only what is in view is in the document.
    ok(await page.evaluate("document.querySelectorAll('*').length") < 1000);
  });

  await on("empty", "a run in which nothing happened", async (page) => {
    for (const tab of TABS) await page.clickOn(`#tab-${tab}`);
    same(await text(page, "#title"), "An empty run");
    for (const key of ["ArrowDown", "End", "Enter", "+"]) await page.press(key);
  });

  await on("empty", "a link that comes too late waits for nobody", async (page) => {
    same(await page.evaluate("document.querySelector('#notice').offsetHeight"), 0);
    const event = (number, id, ...kind) => [number, number, id, 0, 0, 0, ...kind];
    await page.evaluate((records) => asyncMech.add(records), [
      ["site", 0, "race", ["a.rs", 1], null], ["thread", 0, "main"],
      event(0, 1, "create"), event(1, 2, "create"), event(2, 1, "complete", null), event(3, 2, "link", 1),
    ]);
    same(await page.evaluate("asyncMech.stateAfter(4)"), { promises: { 1: "completed", 2: "pending" }, awaiters: { 1: [], 2: [] } });
  });

  await on("empty", "a page grows as records come", async (page) => {
    const records = recordsOf("program");
    for (const tab of TABS) {
      await page.clickOn(`#tab-${tab}`);
      for (const record of records.splice(0, 40)) await page.evaluate((record) => asyncMech.add([record]), record);
    }
    await page.evaluate((records) => asyncMech.add(records), records);
    same(await page.evaluate("asyncMech.counts().events"), plan.program.length - 1);
    const states = await page.evaluate("Array.from({ length: asyncMech.counts().events + 1 }, (_, n) => asyncMech.stateAfter(n))");
    plan.program.forEach((state, n) => same(states[n], state, `after ${n}`));
  });

  await live(chromium, readFileSync(join(folder, "empty.html"), "utf8"), recordsOf("program"), recordsOf("whole"), plan.whole, TABS);
  checks += 1;

  console.log(`${checks} checks in ${(await chromium.send("Browser.getVersion")).product}`);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await chromium.close();
}
