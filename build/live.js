// A shared worker: one stream of events for all windows of one session, open while one of them is in sight. Browsers give a host six
// connections by HTTP/1.1, and a stream for each window would use them up.

const windows = new Set(); // of those in sight
let stream;

onconnect = ({ ports: [port] }) => {
  windows.add(port);
  // The one thing that a window says is goodbye.
  port.onmessage = () => {
    windows.delete(port);
    port.close();
    settle();
  };
  if (stream?.readyState === EventSource.OPEN) port.postMessage({ type: "open" });
  settle();
};

function settle() {
  if (windows.size > 0) {
    stream ??= open();
  } else {
    stream?.close();
    stream = undefined;
  }
}

function open() {
  const opened = new EventSource("/events");
  opened.addEventListener("open", () => tell({ type: "open" }));
  for (const type of ["changed", "over"]) opened.addEventListener(type, ({ data }) => tell({ type, data }));
  opened.addEventListener("error", () => {
    // A stream that only broke comes again by itself. For one that was refused another one is opened, when a window asks again.
    const isClosed = opened.readyState === EventSource.CLOSED;
    if (isClosed && stream === opened) stream = undefined;
    tell({ type: "error", isClosed });
  });
  return opened;
}

function tell(message) {
  for (const port of windows) port.postMessage(message);
}
