// Wakes the islands of a page up, when the browser has time for it. Everything on the page works before that, too.

// The page says what time it was when the server made it. A browser's clock can be wrong by hours.
globalThis.serverAhead = Number(document.documentElement.dataset.now) - Date.now();

async function wake() {
  if (!document.querySelector("leptos-island")) return;
  const code = fetch("__WASM__");
  const islands = await import("__SCRIPT__");
  await islands.default({ module_or_path: code });
  islands.hydrate();
  await walk(document.body, islands, []);
  document.documentElement.dataset.awake = "true";
}

// Islands are woken from the outside in; what an island holds for the server is told when its turn comes.
async function walk(node, islands, holders) {
  const isIsland = node.localName === "leptos-island";
  const holds = node.localName === "leptos-children";
  if (isIsland) await wakeOne(node, islands, holders);
  if (holds) holders.push(node.$$on_hydrate);
  for (const child of [...node.children]) await walk(child, islands, holders);
  if (holds) holders.pop();
}

async function wakeOne(element, islands, holders) {
  const wakeIsland = islands[element.dataset.component];
  if (!wakeIsland) throw new Error(`The code has no island ${element.dataset.component}`);
  holders.at(-1)?.();
  await wakeIsland(element);
}

// Ctrl-K (Cmd-K) leads to the search. A key alone would be in the way of whoever dictates (WCAG 2.1.4).
addEventListener("keydown", (key) => {
  const asked = (key.ctrlKey || key.metaKey) && !key.altKey && !key.shiftKey && key.key.toLowerCase() === "k";
  const box = document.querySelector(".top input[type=search]");
  if (!asked || !box || key.defaultPrevented || document.querySelector("dialog[open]")) return;
  key.preventDefault();
  box.focus();
  box.select();
});

if ("requestIdleCallback" in window) requestIdleCallback(() => wake());
else wake();
