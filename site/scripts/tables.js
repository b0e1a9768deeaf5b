// The data's page: ways to ask as tabs, each with a button that copies it.
import { copyable } from "./lib/copy.js";
import { tabs } from "./lib/tabs.js";

for (const code of document.querySelectorAll("pre[data-copy]")) copyable(code);
for (const group of document.querySelectorAll("[data-tabs]")) tabs(group);
