// A portal of its own for the tests of one worker: a free port, an empty data folder, its log kept.

import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const STARTS_WITHIN_MS = 20_000;

export class Portal {
  private constructor(
    readonly url: string,
    private readonly process: ChildProcess,
    private readonly folder: string,
    private readonly lines: string[],
  ) {}

  /** Starts the server, empty or with the story of the demo, and waits until it answers. */
  static async start(command: "serve" | "demo" = "serve", withinMs = STARTS_WITHIN_MS, settings: Record<string, string> = {}): Promise<Portal> {
    const program = process.env.OSTIARY_PROGRAM ?? resolve(__dirname, "../target/debug/ostiary");
    const folder = mkdtempSync(join(tmpdir(), "ostiary-e2e-"));
    const url = `http://127.0.0.1:${await freePort()}`;
    const lines: string[] = [];
    const server = spawn(program, [command], {
      env: {
        PATH: process.env.PATH,
        OSTIARY_LISTEN: new URL(url).host,
        OSTIARY_DATA_DIR: join(folder, "data"),
        OSTIARY_KEY_FILE: join(folder, "key"),
        OSTIARY_LOG: "info",
        OSTIARY_LOG_FORMAT: "json",
        ...settings,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [server.stdout, server.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => lines.push(...text.split("\n").filter(Boolean)));
    }
    const portal = new Portal(url, server, folder, lines);
    await portal.answers(withinMs);
    return portal;
  }

  /** What the server has logged so far, one line each. */
  get log(): readonly string[] {
    return this.lines;
  }

  /** The address that sets the portal up, with its code behind the #, as the server printed it on its console. */
  get setUpLink(): string {
    const link = this.lines.map((line) => /(http\S+\/set-up#code=\S+)/.exec(line)?.[1]).find(Boolean);
    if (!link) throw new Error(`The server printed no set-up address:\n${this.lines.join("\n")}`);
    return link;
  }

  /** The code alone. */
  get setUpCode(): string {
    return this.setUpLink.split("#code=")[1]!;
  }

  /** What a command says that is run on the server's console, beside the running server. */
  console(...command: string[]): string {
    const program = process.env.OSTIARY_PROGRAM ?? resolve(__dirname, "../target/debug/ostiary");
    const env = {
      PATH: process.env.PATH,
      OSTIARY_LISTEN: new URL(this.url).host,
      OSTIARY_DATA_DIR: join(this.folder, "data"),
      OSTIARY_KEY_FILE: join(this.folder, "key"),
    };
    return execFileSync(program, command, { env, encoding: "utf8" });
  }

  /** Stops the server as an operator would. */
  async stop(): Promise<void> {
    const ended = new Promise((done) => this.process.once("exit", done));
    if (this.process.exitCode === null) {
      this.process.kill("SIGTERM");
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async answers(withinMs: number): Promise<void> {
    const deadline = Date.now() + withinMs;
    while (Date.now() < deadline && this.process.exitCode === null) {
      const answer = await fetch(this.url, { redirect: "manual" }).catch(() => undefined);
      if (answer) return;
      await new Promise((done) => setTimeout(done, 25));
    }
    await this.stop();
    throw new Error(`The server did not start:\n${this.lines.join("\n")}`);
  }
}

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const probe = createServer().once("error", failed);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => (address && typeof address === "object" ? done(address.port) : failed(new Error("no port"))));
    });
  });
}
