// A client of Verbatim's API in JavaScript, for Node.js 18 or newer. It needs no package.
//
//   node client.mjs http://127.0.0.1:8000 search 'q=bridge&speaker=Tamberg'
//   node client.mjs http://127.0.0.1:8000 show 12
//   KEY=vb_... node client.mjs http://127.0.0.1:8000 correct 12 7
//   KEY=vb_... node client.mjs http://127.0.0.1:8000 import archive.ndjson

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";

const FORMS = { ".ndjson": "application/x-ndjson", ".csv": "text/csv", ".json": "application/json" };

/** An error that the server explains (RFC 9457). `type` never changes; `detail` says what to do. */
export class Problem extends Error {
  constructor({ type, title, status, detail, errors }) {
    super([title, detail, errors && JSON.stringify(errors)].filter(Boolean).join(": "));
    Object.assign(this, { type, status });
  }
}

/** Requests to one server, with a key if there is one. */
export class Client {
  constructor(url, key) {
    this.url = url.replace(/\/$/, "");
    this.key = key;
  }

  /** Send a request; return the JSON of the answer and its headers. Throw Problem for an error. */
  async ask(method, path, body, headers = {}) {
    if (this.key) headers = { ...headers, Authorization: `Bearer ${this.key}` };
    const answer = await fetch(this.url + path, { method, body, headers });
    const json = await answer.json();
    if (!answer.ok) throw new Problem(json);
    return [json, answer.headers];
  }

  /** Yield all quotes that a search finds, page after page. `next` is the path of the next page. */
  async *quotes(query) {
    for (let path = `/v1/quotes?${query}`; path; ) {
      const [page] = await this.ask("GET", path);
      yield* page.items;
      path = page.next;
    }
  }

  /**
   * Return the words of a quote as its article has them: content, cue, source, each a list of texts.
   *
   * A span is counted in code points. String.slice counts UTF-16 units, which differ after the first emoji:
   * Array.from takes code points. A quote that a revision dropped points into an earlier text.
   */
  async proof(quoteId) {
    const [quote] = await this.ask("GET", `/v1/quotes/${quoteId}`);
    const [article] = await this.ask("GET", `/v1/articles/${quote.article.id}?revision=${quote.revision}`);
    const points = Array.from(article.text);
    const cut = ([start, end]) => points.slice(start, end).join("");
    return { content: quote.content.map(cut), cue: quote.cue.map(cut), source: quote.source.map(cut) };
  }

  /** Change a quote, unless somebody else changed it since it was read: then Problem is thrown, with status 412. */
  async correct(quoteId, change) {
    const path = `/v1/quotes/${quoteId}`;
    const [, read] = await this.ask("GET", path);
    const headers = { "Content-Type": "application/json", "If-Match": read.get("ETag") };
    const [changed] = await this.ask("PATCH", path, JSON.stringify(change), headers);
    return changed;
  }

  /**
   * Import an archive and wait until it is done.
   *
   * The Idempotency-Key is the archive's hash. Sent again within a day, after a broken connection for instance, the same
   * archive is not imported twice.
   */
  async send(archive) {
    const body = await readFile(archive);
    const key = createHash("sha256").update(body).digest("hex");
    const headers = { "Content-Type": FORMS[extname(archive)], "Idempotency-Key": key };
    const [started] = await this.ask("POST", "/v1/imports", body, headers);
    for (;;) {
      const [state] = await this.ask("GET", `/v1/imports/${started.id}`);
      if (!["queued", "running"].includes(state.state)) return state;
      await sleep(500);
    }
  }
}

/** Do what the command line says. */
async function main([url, command, ...words]) {
  const client = new Client(url, process.env.KEY);
  if (command === "search") {
    for await (const quote of client.quotes(words[0])) {
      console.log(`${quote.id} ${quote.speaker?.name ?? "?"}: ${quote.text}`);
    }
  } else if (command === "show") {
    for (const [part, texts] of Object.entries(await client.proof(words[0]))) {
      console.log(`${part}: ${texts.join(" ... ")}`);
    }
  } else if (command === "correct") {
    const quote = await client.correct(words[0], { speaker: Number(words[1]) });
    console.log(`${quote.id} ${quote.speaker.name}: ${quote.status}`);
  } else if (command === "import") {
    const { id, state, counts } = await client.send(words[0]);
    console.log(`import ${id} is ${state}: ${counts.new} new, ${counts.failed} failed`);
  } else {
    throw new Error("The commands are search, show, correct and import: see the head of this file.");
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  main(process.argv.slice(2)).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
