// Gives diagrams to the real Mermaid: a JSON list of texts comes in, and for each of them comes out
// what Mermaid understood, or why it refused it.

import { JSDOM } from 'jsdom';
import { text } from 'node:stream/consumers';

// Mermaid cleans labels with a library that wants a page.
globalThis.window = new JSDOM('<!doctype html>').window;
globalThis.document = window.document;
// And looks at the colours of boxes with this.
globalThis.Option = window.Option;
const { default: mermaid } = await import('mermaid');

// As Mermaid does when it draws.
const shown = (label) =>
    label.replace(/ﬂ°°(\d+)¶ß/gu, (_, code) => String.fromCodePoint(Number(code)));

async function understood(diagram) {
    // What it would refuse to draw is refused by no parser.
    const { maxTextSize, maxEdges } = mermaid.mermaidAPI.defaultConfig;
    if (diagram.length > maxTextSize) throw new Error('more text than Mermaid takes');
    await mermaid.parse(diagram);
    const { type, db } = await mermaid.mermaidAPI.getDiagramFromText(diagram);
    if (type === 'sequence') {
        const names = [...db.getActors().values()].map((actor) => shown(actor.description));
        // The others begin or end a bar, and have no text of their own.
        const said = db.getMessages().filter((it) => typeof it.message === 'string' && it.message);
        return { type, names, texts: said.map((it) => shown(it.message)) };
    }
    const edges = db.getEdges();
    if (edges.length > maxEdges) throw new Error('more edges than Mermaid takes');
    const names = [...db.getVertices().values()].map((vertex) => shown(vertex.text ?? vertex.id));
    return { type, names, texts: edges.map((edge) => shown(edge.text)) };
}

const answers = [];
for (const diagram of JSON.parse(await text(process.stdin))) {
    answers.push(await understood(diagram).catch((error) => ({ error: String(error.message) })));
}
process.stdout.write(JSON.stringify(answers));
