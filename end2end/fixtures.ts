// What every test of the portal starts from. A test fails on anything that the browser complains about: a message on the
// console, an error of a script, a request that failed, a violation of the content security policy.

import { type Browser, expect, test as base, type BrowserContext, type BrowserContextOptions, type Page } from "@playwright/test";
import type { RunOptions } from "axe-core";
import { readFileSync } from "node:fs";
import { addGroup, addPerson, awake, firstSignIn, type Person, setUp } from "./people";
import { Mailbox } from "./mailbox";
import { Portal } from "./portal";

type OfATest = {
  complaints: string[];
  expectReports: () => void;
  reports: { expected: boolean };
  expectComplaint: (words: RegExp) => void;
  awake: (page: Page) => Promise<void>;
  /** Another browser beside the test's own. With a login, that person is signed in and has shown their second factor. */
  browserOf: (login?: Login, options?: BrowserContextOptions) => Promise<Page>;
};
type OfAWorker = { portal: Portal; company: Company; story: string; mailbox: Mailbox | undefined };

/** Who can be somebody in a test: the administrator, whoever asks, those who decide, and one who holds nothing. */
export type Login = "ada" | "tess" | "bo" | "chidi";
export type Company = { people: Record<Login, Person>; sessions: Record<Login, BrowserContextOptions["storageState"]> };

/** Those who decide. */
export const APPROVERS = "Security compliance";
/** A group of approvers with whoever asks in it. */
export const WITH_TESS = "Security operations";

export const test = base.extend<OfATest, OfAWorker>({
  // Stories of different names never share a portal. The one that is called "demo" begins half a year into the demo's.
  story: ["any", { scope: "worker", option: true }],

  // The one that is called "mail" has a mail server, and so has the demo; the others have none.
  mailbox: [
    async ({ story }, use) => {
      const mailbox = story === "mail" || story === "demo" ? await Mailbox.start() : undefined;
      await use(mailbox);
      await mailbox?.stop();
    },
    { scope: "worker" },
  ],

  portal: [
    async ({ story, mailbox }, use) => {
      const portal = await (story === "demo" ? Portal.start("demo", 150_000, mailbox!.settings) : Portal.start("serve", undefined, mailbox?.settings));
      await use(portal);
      await portal.stop();
    },
    { scope: "worker", timeout: 180_000 },
  ],

  // The company is made once for each worker, through the pages, with or without script as the project says.
  company: [
    async ({ browser, portal }, use, worker) => {
      const { javaScriptEnabled, locale, timezoneId } = worker.project.use;
      const open = async () => (await browser.newContext({ baseURL: portal.url, javaScriptEnabled, locale, timezoneId })).newPage();
      const admin = await open();
      const people = { ada: await setUp(admin, portal) } as Company["people"];
      const sessions = {} as Company["sessions"];
      for (const name of ["Tess Ng", "Bo Lindqvist", "Chidi Eze"]) {
        const person = await addPerson(admin, name);
        const page = await open();
        await firstSignIn(page, person);
        people[person.login as Login] = person;
        sessions[person.login as Login] = await page.context().storageState();
        await page.context().close();
      }
      const dana = await addPerson(admin, "Dana Roth");
      await addGroup(admin, APPROVERS, [people.bo, people.chidi, dana]);
      await addGroup(admin, WITH_TESS, [people.tess, people.bo]);
      sessions.ada = await admin.context().storageState();
      await admin.context().close();
      await use({ people, sessions });
    },
    { scope: "worker", timeout: 90_000 },
  ],

  browserOf: async ({ browser, company, complaints, baseURL, javaScriptEnabled, locale, timezoneId }, use) => {
    const opened: BrowserContext[] = [];
    await use(async (login, options = {}) => {
      const storageState = login && company.sessions[login];
      const context = await browser.newContext({ baseURL, javaScriptEnabled, locale, timezoneId, storageState, ...options });
      opened.push(context);
      watch(context, complaints);
      return context.newPage();
    });
    for (const context of opened) await context.close();
  },

  baseURL: async ({ portal }, use) => use(portal.url),

  // A test that provokes a violation of the content security policy says so.
  reports: async ({}, use) => use({ expected: false }),
  expectReports: async ({ reports }, use) => use(() => void (reports.expected = true)),

  // Complaints of every page of the test's context, and of contexts it opens with `watch`.
  complaints: [
    async ({ context, portal, reports: allowed }, use) => {
      const complaints: string[] = [];
      watch(context, complaints);
      const before = portal.log.length;
      await use(complaints);
      const reports = portal.log.slice(before).filter((line) => line.includes("content security policy violated"));
      expect(reports.length > 0, `violations of the policy: ${reports.join("\n")}`).toBe(allowed.expected);
      expect(complaints, "what the browser complained about").toEqual([]);
    },
    { auto: true },
  ],

  // A test that provokes an answer such as 404 or 422 says so: browsers log those as failed loads.
  expectComplaint: async ({ complaints }, use) => {
    const expected: RegExp[] = [];
    await use((words) => expected.push(words));
    for (const words of expected) {
      const at = complaints.findIndex((complaint) => words.test(complaint));
      expect(at, `a complaint like ${words} among ${JSON.stringify(complaints)}`).toBeGreaterThanOrEqual(0);
      complaints.splice(at, 1);
    }
  },

  // Waits until the islands of the page are awake; without script there is nothing to wait for.
  awake: async ({}, use) => use(awake),
});

/** Collects what the browser complains about on every page of a context. */
export function watch(context: BrowserContext, complaints: string[]): void {
  context.on("console", (message) => {
    // Whoever types before the page has arrived whole has chosen the focus. That no page wants two is looked at on every page.
    if (!message.text().startsWith("Autofocus processing was blocked because a document already has a focused element"))
      complaints.push(`console ${message.type()}: ${message.text()}`);
  });
  context.on("weberror", (error) => complaints.push(`script: ${error.error()}`));
  context.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText;
    // Going to another page ends what the page before was still loading.
    if (reason !== "net::ERR_ABORTED") complaints.push(`request: ${request.url()} ${reason}`);
  });
}

// The checker runs in the page itself, which has no frames; its usual wrapper opens another page for every look.
declare const axe: typeof import("axe-core");
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const WCAG: RunOptions = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
  resultTypes: ["violations"],
};

/** Expects that the page has no barrier that a machine can see, by WCAG 2.2 A and AA. */
export async function expectAccessible(page: Page): Promise<void> {
  const scripted = await page.evaluate(() => matchMedia("(scripting: enabled)").matches);
  const looked = scripted ? page : await scriptedTwin(page);
  if (!(await looked.evaluate(() => "axe" in window))) await looked.evaluate(AXE);
  const found = await looked.evaluate(async (options) => {
    const { violations } = await axe.run(document, options);
    return violations.map(({ id, help, nodes }) => ({ id, help, where: nodes.map((node) => node.html) }));
  }, WCAG);
  expect.soft(found, "barriers on the page").toEqual([]);
}

// The checker itself is a script. Where script is off it looks at the same document in a page beside it, without the
// document's own scripts. Each browser keeps one such page, with the stylesheet it has loaded, and with its document when
// the next look is at the same one in another size.
const twins = new WeakMap<Browser, { page: Page; shown: string }>();

async function scriptedTwin(page: Page): Promise<Page> {
  const browser = page.context().browser()!;
  const fresh = async () => ({ page: await (await browser.newContext({ javaScriptEnabled: true, reducedMotion: "reduce" })).newPage(), shown: "" });
  const twin = twins.get(browser) ?? (await fresh());
  twins.set(browser, twin);
  await twin.page.setViewportSize(page.viewportSize()!);
  await twin.page.emulateMedia({ colorScheme: (await page.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches)) ? "dark" : "light" });
  const body = (await page.content()).replaceAll(/<script[^>]*><\/script>/g, "");
  const address = page.url().split("#")[0];
  if (twin.shown === address + body) return twin.page;
  await twin.page.unrouteAll();
  await twin.page.route((url) => url.href.split("#")[0] === address, (route) => route.fulfill({ body, contentType: "text/html; charset=utf-8" }));
  // By way of nowhere: to another part of the same page the browser would only scroll.
  await twin.page.goto("about:blank");
  await twin.page.goto(page.url());
  twin.shown = address + body;
  return twin.page;
}

export { expect } from "@playwright/test";
