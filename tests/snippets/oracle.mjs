// Prints Hugging Face's own snippets for the offers on stdin, both as JSON. Asks nothing of the network.
import { readFileSync } from "node:fs";
import { snippets } from "@huggingface/inference";

console.error = () => {}; // a provider it does not know is reported there, and answered with no snippet

function official(offer) {
    const model = { id: offer.model, pipeline_tag: offer.tag, tags: [], inference: "", library_name: "transformers", mask_token: "[MASK]" };
    const mapping = { provider: offer.provider, providerId: offer.providerId, hfModelId: offer.model, status: "live", task: offer.task };
    try {
        return snippets.getInferenceSnippets(model, offer.provider, mapping, { streaming: offer.stream, billTo: offer.billTo });
    } catch {
        return []; // where a provider wants the file itself, the generator cannot make any snippet
    }
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(official)));
