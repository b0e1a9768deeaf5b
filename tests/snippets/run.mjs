// Runs JavaScript snippets where no network is: `fetch` notes the request and gives the job's answer, or breaks off.
// Stdin: {folder, jobs: [{code, model, provider, providerId, task, answer}]}; the result of each goes to folder/results.json.
import { readFileSync, writeFileSync } from "node:fs";
import * as fs from "node:fs";
import { pathToFileURL } from "node:url";

const { folder, jobs } = JSON.parse(readFileSync(0, "utf8"));
process.chdir(folder);
globalThis.fs = fs; // the official snippets use it without importing it
process.on("unhandledRejection", () => {}); // the official ones do not wait for their own promises

async function text(body) {
    if (body === undefined || body === null) return null;
    if (body instanceof FormData) return [...body.keys()].join();
    return body instanceof Blob || ArrayBuffer.isView(body) ? new Response(body).text() : String(body);
}

let job, requests, output;
console.log = (...words) => { output += words.map((word) => (typeof word === "string" ? word : JSON.stringify(word))).join(" ") + "\n"; };
process.stdout.write = (words) => { output += words; return true; };

globalThis.fetch = async (input, init = {}) => {
    const url = String(input?.url ?? input);
    if (url.startsWith("https://huggingface.co/api/models/")) {
        // The client keeps what it is told of a model, so it is told of all providers at once, as by the Hub.
        const model = decodeURIComponent(new URL(url).pathname.slice("/api/models/".length));
        const offers = jobs.filter((other) => other.model === model);
        const mapping = offers.map(({ provider, providerId, task }) => [provider, { status: "live", providerId, task }]);
        return Response.json({ inferenceProviderMapping: Object.fromEntries(mapping) });
    }
    if (url.startsWith("data:")) return new Response(url.split(",")[1]);
    requests.push({ url, method: init.method, headers: Object.fromEntries(new Headers(init.headers)), body: await text(init.body) });
    if (!job.answer) throw new Error("noted");
    return new Response(job.answer.body, { headers: { "Content-Type": job.answer.type } });
};

const results = [];
for (job of jobs) {
    [requests, output] = [[], ""];
    const file = `${folder}/${results.length}.mjs`;
    writeFileSync(file, job.code);
    let error = null;
    try { await import(pathToFileURL(file)); } catch (caught) { error = String(caught); }
    results.push({ requests, output, error });
}
writeFileSync(`${folder}/results.json`, JSON.stringify(results));
process.exit(0);
