// Writes, as JSON, the lines that the script makes of {properties, answers} on stdin: for comparison with the page's.
import { lines, modelProperties } from "../../../site/scripts/lib/compare.js";

let text = "";
for await (const part of process.stdin.setEncoding("utf8")) text += part;
const { properties, answers } = JSON.parse(text);
process.stdout.write(JSON.stringify(lines(modelProperties(properties), answers)));
