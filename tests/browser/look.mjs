// Screenshots of a page: `node look.mjs PAGE.html FOLDER NAME [tab ...] [dark] [narrow] [look=ID] [n=N]`.

import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Chromium } from "./chromium.mjs";

const [file, folder, name, ...rest] = process.argv.slice(2);
const named = (key) => rest.find((word) => word.startsWith(`${key}=`))?.slice(key.length + 1);
const tabs = rest.filter((word) => /^(sequence|entities|timeline|state|functions)$/.test(word));
const dark = rest.includes("dark"), narrow = rest.includes("narrow");

const chromium = await Chromium.start();
const page = await chromium.page({ dark, width: Number(named("width")) || (narrow ? 360 : 1200), height: Number(named("height")) || (narrow ? 740 : 750) });
await page.open(pathToFileURL(resolve(file)).href);
mkdirSync(folder, { recursive: true });
for (const tab of tabs.length ? tabs : ["sequence", "entities", "timeline", "state", "functions"]) {
  await page.evaluate((tab) => asyncMech.show(tab), tab);
  if (named("look")) await page.evaluate((id) => asyncMech.look(id), Number(named("look")));
  if (named("n")) await page.evaluate((n) => asyncMech.moment(n), Number(named("n")));
  const path = join(folder, `${name}-${tab}${dark ? "-dark" : ""}${narrow ? "-narrow" : ""}.png`);
  writeFileSync(path, await page.screenshot());
  console.log(path);
}
if (page.errors.length) console.log(page.errors);
await chromium.close();
