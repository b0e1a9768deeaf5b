// What every page has: the age of the facts beside their date.
import { show } from "./lib/age.js";

show(document.getElementById("age"));
