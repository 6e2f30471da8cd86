// Figures of a large page: `node bench.mjs PAGE.html [ROUNDS]`. How long it takes to open, from the
// start of the navigation to the first drawing, and how long the frames take while it is scrolled.

import { statSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Chromium } from "./chromium.mjs";

const [file, rounds = "5"] = process.argv.slice(2);
const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
const part = (list, share) => list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))];
const ms = (time) => `${time.toFixed(1)} ms`;

const opened = [];
let counts;
for (let round = 0; round < Number(rounds); round++) {
  // A browser each, so that nothing is warm.
  const chromium = await Chromium.start();
  const page = await chromium.page({ width: 1200, height: 800 });
  await page.open(pathToFileURL(resolve(file)).href);
  opened.push(await page.evaluate("asyncMech.ready"));
  if (round + 1 === Number(rounds)) {
    counts = await page.evaluate("asyncMech.counts()");
    console.log(`${counts.entities} executions and promises, ${counts.events} events, ${(statSync(file).size / 1e6).toFixed(1)} MB`);
    console.log(`opens in ${ms(median(opened))} (median of ${rounds}; ${opened.map((time) => time.toFixed(0)).join(", ")})`);
    for (const tab of ["sequence", "entities", "timeline", "state"]) await scroll(page, tab);
  }
  await chromium.close();
}

// Scrolls, or moves the slider, a step a frame for 240 frames; the time to draw, and between frames.
async function scroll(page, tab) {
  const { work, frames } = await page.evaluate(async (tab) => {
    asyncMech.show(tab);
    document.querySelector("#tools .link")?.click();
    const scroller = document.querySelector(`#${tab} .scroller:not([hidden])`);
    const slider = document.querySelector("#moment");
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const work = [], frames = [];
    let last = await frame();
    const steps = 240;
    for (let n = 1; n <= steps; n++) {
      const share = n / steps;
      const begun = performance.now();
      if (tab === "state") asyncMech.moment(Math.round(share * Number(slider.max)));
      else scroller.scrollTop = share * (scroller.scrollHeight - scroller.clientHeight);
      const at = await frame();
      frames.push(at - last);
      last = at;
      work.push(performance.now() - begun);
    }
    return { work, frames };
  }, tab);
  console.log(`${tab.padEnd(9)} frames: median ${ms(median(frames))}, 99 of 100 within ${ms(part(frames, 0.99))}, longest ${ms(Math.max(...frames))}; a step with its wait: median ${ms(median(work))}`);
}
