// Print what OpenRouter's own SDK makes of each list of models.
import fs from "node:fs";
import { Model$inboundSchema } from "@openrouter/sdk/models/model.js";

function told(path) {
  try {
    return { value: JSON.parse(fs.readFileSync(path, "utf8")).data.map((model) => Model$inboundSchema.parse(model)) };
  } catch (error) {
    return { error: String(error) };
  }
}
console.log(JSON.stringify(process.argv.slice(2).map(told)));
