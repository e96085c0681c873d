// A cancellation from its price to its end, with a client made of contracts/openapi.json by openapi-typescript.
import createClient from "openapi-fetch";
import type { components, paths } from "./api";

declare const process: { argv: string[] };
type Schemas = components["schemas"];
const [baseUrl, subscription] = process.argv.slice(2) as [string, string];
const api = createClient<paths>({ baseUrl });
const wish: Schemas["Submission"] = { channel: "app", kind: "product", subscription, items: ["video-pack"] };

const priced = told(await api.POST("/v1/quotes", { body: wish }));
const press = { header: { "Idempotency-Key": crypto.randomUUID() } };
const { request_id } = told(await api.POST("/v1/cancellations", { params: press, body: wish }));
const params = { path: { request_id } };
const quote = (await until("quoted")).quote!;
const yes = { channel: "app", quote_version: quote.version, clauses_acknowledged: true } as const;
told(await api.POST("/v1/cancellations/{request_id}/confirmation", { params, body: yes }));
const end = await until("closed");
const nobody = await api.GET("/v1/cancellations/{request_id}", { params: { path: { request_id: "nobody" } } });
console.log(JSON.stringify([priced.quote.total, quote.total, end.ended, nobody.error?.code]));

/** What was asked for; every no is a problem with a code, what is wrong and what to do. */
function told<T>(answer: { data?: T; error?: Schemas["ProblemBody"] }): T {
  if (answer.data === undefined) throw new Error(`${answer.error?.code}: ${answer.error?.detail} ${answer.error?.hint}`);
  return answer.data;
}

/** A stream ends after a minute at most: then it is asked for again. */
async function until(stage: Schemas["Status"]["stage"]): Promise<Schemas["Status"]> {
  for (;;) {
    const stream = told(await api.GET("/v1/cancellations/{request_id}/events", { params, parseAs: "stream" }));
    let text = "";
    for await (const piece of stream!.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)) {
      const lines = (text + piece).split("\n");
      text = lines.pop()!;
      for (const line of lines.filter((each) => each.startsWith("data: "))) {
        const status = JSON.parse(line.slice(6)) as Schemas["Status"];
        if (status.stage === stage) return status;
        if (status.ended) throw new Error(`${status.stage}: ${status.where.en} ${status.next.what.en}`);
      }
    }
  }
}
