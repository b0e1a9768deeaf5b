// A line of the models' table, made from the page's own template.
import { clean, mean, price, rounded, seconds, tick, tickWord, tokens, usd } from "./format.js";
import { blended, readinessClass } from "./filter.js";

const MARK = { hot: "●", warm: "◐", cold: "○", unavailable: "✗" };

function exact(nano) {
  return price(nano === null ? null : usd(BigInt(nano)));
}

function flag(cell, value) {
  cell.firstChild.textContent = tick(value);
  cell.firstChild.setAttribute("aria-label", tickWord(value));
}

/** The rows of some entries, as one fragment. */
export function rows(index, entries, state, root, template) {
  const fragment = document.createDocumentFragment();
  for (const entry of entries) fragment.append(row(index, entry, state, root, template));
  return fragment;
}

function row(index, { model, offer, providers }, state, root, template) {
  const made = template.content.firstElementChild.cloneNode(true);
  const [name, task, who, ready, given, taken, mixed, tps, wait, context, tools, json] = made.children;
  name.firstChild.textContent = clean(index.id[model]);
  name.firstChild.href = root + index.place[model];
  task.textContent = index.task[offer] === index.chat ? "chat" : clean(index.tasks[index.task[offer]]);
  who.firstChild.textContent = clean(index.providers[index.provider[offer]]);
  who.firstChild.href = root + index.places[index.provider[offer]];
  who.lastChild.textContent = providers > 1 ? ` +${providers - 1}` : "";
  const kind = readinessClass(index, offer);
  const [mark, said] = ready.firstChild.children;
  ready.firstChild.classList.add(kind);
  mark.textContent = `${MARK[kind]} `;
  said.textContent = index.said(offer);
  const cost = blended(index, offer, state.mix);
  given.textContent = exact(index.in[offer]);
  taken.textContent = exact(index.out[offer]);
  mixed.textContent = price(cost === null ? null : mean(cost, state.mix[0] + state.mix[1]));
  tps.textContent = rounded(index.tps[offer]);
  wait.textContent = seconds(index.wait(offer));
  context.textContent = tokens(index.context[offer]);
  flag(tools, index.tools(offer));
  flag(json, index.structured(offer));
  return made;
}
