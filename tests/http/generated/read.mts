// Use the types that openapi-typescript made: print as JSON what was read. Arguments: the server's URL, and a key.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

declare const process: { argv: string[] };
const [url, key] = process.argv.slice(2) as [string, string];
const client = createClient<paths>({ baseUrl: url });
const ids: number[] = [];
const texts: string[] = [];
let cursor: string | undefined;
do {
  const { data: page, error } = await client.GET("/v1/quotes", { params: { query: { limit: 2, cursor } } });
  if (!page) throw new Error(error?.detail);
  const items: components["schemas"]["Quote"][] = page.items; // a page, and nothing else
  ids.push(...items.map((quote) => quote.id));
  texts.push(...items.map((quote) => quote.text));
  cursor = page.next ? (new URL(page.next, url).searchParams.get("cursor") ?? undefined) : undefined;
} while (cursor);

const counted = await client.GET("/v1/quotes", { params: { query: { q: "tolls", facets: "speaker,year" } } });
const article = await client.GET("/v1/articles/{article_id}", { params: { path: { article_id: 1 } } });
const quote = await client.GET("/v1/quotes/{quote_id}", { params: { path: { quote_id: ids[0] ?? 0 } } });
const missing = await client.GET("/v1/quotes/{quote_id}", { params: { path: { quote_id: 999 } } });
const exported = await client.GET("/v1/quotes/export", {
  params: { query: { q: "tolls", format: "csv" } },
  parseAs: "text",
});
const headers = { Authorization: `Bearer ${key}` };
const before = await client.GET("/v1/publishers/{publisher_id}", { params: { path: { publisher_id: 1 } } });
const tag = before.response.headers.get("ETag") ?? "";
const changed = await client.PATCH("/v1/publishers/{publisher_id}", {
  params: { path: { publisher_id: 1 }, header: { "If-Match": tag } },
  body: { name: "Herald" },
  headers,
});
console.log(
  JSON.stringify({
    ids,
    texts,
    speakers: counted.data?.facets?.speaker?.map((value) => [value.label, value.count]),
    article: [article.data?.text, article.data?.quotes.map((each) => each.id)],
    speaker: quote.data?.speaker?.name,
    missing: missing.error?.type,
    exported: exported.response.status,
    changed: changed.data?.name,
  }),
);
