// A page of a run that is under way, in a browser.

import { createServer } from "node:http";
import { once } from "node:events";
import { deepStrictEqual as same, ok } from "node:assert/strict";

// A live page is this page, with a server that sends the records as events: here, one that breaks off
// in the midst and begins anew, as one does that has been started again.
export async function live(chromium, empty, records, other, expected, tabs) {
  const page = empty.replace('<html lang="en"', '<html lang="en" data-live').replace("connect-src 'none'", "connect-src 'self'");
  let connections = 0, last;
  const server = createServer((request, response) => {
    if (request.url !== "/events") return response.setHeader("content-type", "text/html").end(page);
    connections += 1;
    response.setHeader("content-type", "text/event-stream");
    response.write("retry: 1\n\n");
    const send = (some) => response.write(`data: ${JSON.stringify(some)}\n\n`);
    if (connections === 1) {
      send(records.slice(0, 50));
      response.end();
    } else {
      send(other.slice(0, 30));
      last = () => send(other.slice(30));
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const tab = await chromium.page();
    await tab.open(`http://127.0.0.1:${server.address().port}/`);
    const eventsIn = (some) => some.filter((record) => typeof record[0] === "number").length;
    await tab.until(`asyncMech.counts().events === ${eventsIn(other.slice(0, 30))}`);
    for (const name of tabs) await tab.clickOn(`#tab-${name}`);
    last();
    await tab.until(`asyncMech.counts().events === ${expected.length - 1}`);
    const states = await tab.evaluate("Array.from({ length: asyncMech.counts().events + 1 }, (_, n) => asyncMech.stateAfter(n))");
    expected.forEach((state, n) => same(states[n], state, `live, after ${n}`));
    ok((await tab.evaluate("document.querySelector('#facts').textContent")).endsWith("live"));
    same(tab.errors, []);
    await tab.close();
  } catch (error) {
    throw new Error(`live: ${error.message}`, { cause: error });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
