// Print what Continue's own parser makes of each config.yaml. It takes unknown keys, so the values are to be compared.
import fs from "node:fs";
import { parseConfigYaml, validateConfigYaml } from "@continuedev/config-yaml";

function told(path) {
  try {
    const config = parseConfigYaml(fs.readFileSync(path, "utf8"));
    const wrong = validateConfigYaml(config);
    return wrong.length ? { error: JSON.stringify(wrong) } : { value: config };
  } catch (error) {
    return { error: String(error) };
  }
}
console.log(JSON.stringify(process.argv.slice(2).map(told)));
