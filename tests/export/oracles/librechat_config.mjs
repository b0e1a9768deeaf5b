// Print what LibreChat's own schema makes of each librechat.yaml.
import fs from "node:fs";
import yaml from "js-yaml";
import { configSchema } from "librechat-data-provider";

function told(path) {
  try {
    const read = configSchema.strict().safeParse(yaml.load(fs.readFileSync(path, "utf8")));
    return read.success ? { value: read.data } : { error: JSON.stringify(read.error.issues) };
  } catch (error) {
    return { error: String(error) };
  }
}
console.log(JSON.stringify(process.argv.slice(2).map(told)));
