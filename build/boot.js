// Wakes the islands of a page up, when the browser has time for it. Everything on the page works before that, too.

// The page says what time it was when the server made it. A browser's clock can be wrong by hours.
globalThis.serverAhead = Number(document.documentElement.dataset.now) - Date.now();

// The islands hear what changes by an EventSource. Where there are shared workers, it is one that all windows of the session share.
const EventStream = globalThis.EventSource;

class SharedStream extends EventTarget {
  readyState = EventStream.CONNECTING;
  #port;
  #alone;

  constructor(url) {
    super();
    const worker = new SharedWorker("__LIVE__", { name: document.body.dataset.session ?? "" });
    this.#port = worker.port;
    this.#port.onmessage = ({ data: { type, data, isClosed } }) => {
      if (type === "open") this.readyState = EventStream.OPEN;
      if (type === "error") this.readyState = isClosed ? EventStream.CLOSED : EventStream.CONNECTING;
      this.dispatchEvent(data === undefined ? new Event(type) : new MessageEvent(type, { data }));
    };
    worker.onerror = () => this.#goAlone(url);
  }

  // The worker cannot be loaded: this window has a stream of its own.
  #goAlone(url) {
    if (this.#alone || this.readyState === EventStream.CLOSED) return;
    this.#alone = new EventStream(url);
    for (const type of ["open", "changed", "over", "error"]) {
      this.#alone.addEventListener(type, ({ data }) => {
        this.readyState = this.#alone.readyState;
        this.dispatchEvent(data === undefined ? new Event(type) : new MessageEvent(type, { data }));
      });
    }
  }

  close() {
    this.readyState = EventStream.CLOSED;
    this.#alone?.close();
    this.#port.postMessage("goodbye");
    this.#port.close();
  }
}

if ("SharedWorker" in globalThis) globalThis.EventSource = SharedStream;

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
