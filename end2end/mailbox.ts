// A mail server of the tests: it wants an account and an encrypted way, as real ones do, and keeps what it is sent.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "@playwright/test";
import { simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

const ACCOUNT = { user: "ostiary", password: "eleven brass lanterns" };
export const FROM = "pim@northwind.example";

/** A mail as its reader's program sees it. */
export type Mail = {
  to: string;
  from: string;
  subject: string;
  text: string;
  html: string;
  messageId: string;
  inReplyTo: string | undefined;
  references: string[];
  autoSubmitted: string | undefined;
  /** The links of the HTML, in their order. */
  links: string[];
  /** Whether it came over an encrypted connection. */
  encrypted: boolean;
};

export class Mailbox {
  readonly mails: Mail[] = [];

  private constructor(
    private readonly server: SMTPServer,
    private readonly folder: string,
    private readonly authority: string,
  ) {}

  static async start(): Promise<Mailbox> {
    const folder = mkdtempSync(join(tmpdir(), "ostiary-mailbox-"));
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    execFileSync("openssl", [
      ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=mailbox".split(" "),
      ...["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE", "-keyout", key, "-out", cert],
    ], { stdio: "ignore" });
    const server = new SMTPServer({
      key: readFileSync(key),
      cert: readFileSync(cert),
      authMethods: ["PLAIN", "LOGIN"],
      onAuth: ({ username, password }, session, done) => {
        const isOurs = session.secure && username === ACCOUNT.user && password === ACCOUNT.password;
        done(isOurs ? null : new Error("not our account, or not encrypted"), isOurs ? { user: username } : undefined);
      },
      onData: (stream, session, done) => {
        simpleParser(stream, { skipTextToHtml: true, skipHtmlToText: true }).then(
          (parsed) => {
            mailbox.keep(parsed, session);
            done(null, "kept");
          },
          (error) => done(error),
        );
      },
    });
    const mailbox = new Mailbox(server, folder, cert);
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return mailbox;
  }

  /** How a portal finds it. */
  get settings(): Record<string, string> {
    return {
      OSTIARY_SMTP_HOST: "127.0.0.1",
      OSTIARY_SMTP_PORT: String((this.server.server.address() as AddressInfo).port),
      OSTIARY_SMTP_SECURITY: "starttls",
      OSTIARY_SMTP_USER: ACCOUNT.user,
      OSTIARY_SMTP_PASSWORD: ACCOUNT.password,
      OSTIARY_SMTP_CA_FILE: this.authority,
      OSTIARY_MAIL_FROM: FROM,
    };
  }

  /** Waits for the mail of this subject to somebody of the demo, or at this address. */
  async mail(who: string, subject: string): Promise<Mail> {
    const to = who.includes("@") ? who : `${who}@northwind.example`;
    const found = () => this.mails.filter((mail) => mail.to === to && mail.subject === subject);
    const known = () => `Mails that arrived:\n${this.mails.map((mail) => `${mail.to}: ${mail.subject}`).join("\n")}`;
    await expect.poll(() => found().length, { message: `"${subject}" to ${to}`, timeout: 15_000 }).toBeGreaterThan(0).catch((error: Error) => {
      throw new Error(`${error.message}\n${known()}`);
    });
    expect(found(), "it arrives once").toHaveLength(1);
    return found()[0]!;
  }

  async stop(): Promise<void> {
    await new Promise<void>((done) => this.server.close(done));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private keep(parsed: any, session: any): void {
    const html = String(parsed.html || "");
    const recipients = session.envelope.rcptTo.map((to: { address: string }) => to.address);
    expect(recipients, "one message for each recipient").toHaveLength(1);
    this.mails.push({
      to: recipients[0],
      from: parsed.from.value[0].address,
      subject: parsed.subject,
      text: parsed.text,
      html,
      messageId: parsed.messageId,
      inReplyTo: parsed.inReplyTo,
      references: [parsed.references ?? []].flat(),
      autoSubmitted: parsed.headers.get("auto-submitted"),
      links: [...html.matchAll(/href="([^"]+)"/g)].map(([, href]) => href!.replaceAll("&amp;", "&")),
      encrypted: session.secure,
    });
  }
}
