// What every test of the portal starts from. A test fails on anything that the browser complains about: a message on the
// console, an error of a script, a request that failed, a violation of the content security policy.

import AxeBuilder from "@axe-core/playwright";
import { expect, test as base, type BrowserContext, type Page } from "@playwright/test";
import { Portal } from "./portal";

type OfATest = { complaints: string[]; expectReports: () => void; reports: { expected: boolean }; expectComplaint: (words: RegExp) => void; awake: (page: Page) => Promise<void> };
type OfAWorker = { portal: Portal };

export const test = base.extend<OfATest, OfAWorker>({
  portal: [
    async ({}, use) => {
      const portal = await Portal.start();
      await use(portal);
      await portal.stop();
    },
    { scope: "worker" },
  ],

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
  awake: async ({ javaScriptEnabled }, use) => {
    await use(async (page) => {
      if (javaScriptEnabled) await page.locator("html[data-awake]").waitFor();
    });
  },
});

/** Collects what the browser complains about on every page of a context. */
export function watch(context: BrowserContext, complaints: string[]): void {
  context.on("console", (message) => complaints.push(`console ${message.type()}: ${message.text()}`));
  context.on("weberror", (error) => complaints.push(`script: ${error.error()}`));
  context.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText;
    // Going to another page ends what the page before was still loading.
    if (reason !== "net::ERR_ABORTED") complaints.push(`request: ${request.url()} ${reason}`);
  });
}

/** Expects that the page has no barrier that a machine can see, by WCAG 2.2 A and AA. */
export async function expectAccessible(page: Page): Promise<void> {
  const scripted = await page.evaluate(() => matchMedia("(scripting: enabled)").matches);
  const twin = scripted ? page : await scriptedTwin(page);
  const { violations } = await new AxeBuilder({ page: twin })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
    .analyze();
  if (twin !== page) await twin.context().close();
  const found = violations.map(({ id, help, nodes }) => ({ id, help, where: nodes.map((node) => node.html) }));
  expect(found, "barriers on the page").toEqual([]);
}

// The checker itself is a script. Where script is off it looks at the same document in a page beside it, without the
// document's own scripts.
async function scriptedTwin(page: Page): Promise<Page> {
  const html = (await page.content()).replaceAll(/<script[^>]*><\/script>/g, "");
  const context = await page.context().browser()!.newContext({ javaScriptEnabled: true, viewport: page.viewportSize() });
  const twin = await context.newPage();
  await twin.route(page.url(), (route) => route.fulfill({ body: html, contentType: "text/html; charset=utf-8" }));
  await twin.goto(page.url());
  return twin;
}

export { expect } from "@playwright/test";
