// Makes the pictures of docs/: `node shots.mjs FOLDER OUT`, where FOLDER has the pages that the examples
// write with ASYNC_MECH_TRACE: article.html, fib.html (of `fib 6`), crawl.html and deadlock.html.

import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Chromium } from "./chromium.mjs";

const [folder, out] = process.argv.slice(2);
// Page, tab, what is pointed at, and how it is seen.
const SHOTS = [
  { page: "article", tab: "sequence", at: ["closure", "await"], height: 540 },
  { page: "fib", tab: "entities", at: ["fib", "complete"], height: 680 },
  { page: "crawl", tab: "timeline", height: 640, dark: true },
  { page: "deadlock", tab: "sequence", at: ["deliver", "fail"], height: 650 },
];

mkdirSync(out, { recursive: true });
const chromium = await Chromium.start();
for (const { page: name, tab, at, height, dark } of SHOTS) {
  const page = await chromium.page({ width: 1200, height, dark });
  await page.open(pathToFileURL(resolve(folder, `${name}.html`)).href);
  await page.evaluate((tab) => asyncMech.show(tab), tab);
  if (at) {
    await page.evaluate(([name, kind]) => asyncMech.look(asyncMech.ids(name)[0], kind), at);
  }
  const path = join(out, `${name}.png`);
  const picture = await page.screenshot();
  writeFileSync(path, picture);
  console.log(`${path}: ${Math.round(picture.length / 1000)} kB`);
  await page.close();
}
await chromium.close();
