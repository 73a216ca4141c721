// Takes the pictures of the README: the portal as its people see it, half a year into the story of the demo.

import { join, resolve } from "node:path";
import { type BrowserContextOptions, expect, type Page, test } from "@playwright/test";
import { awake, signInToDemo } from "../people";
import { Portal } from "../portal";

const DOCS = resolve(__dirname, "../../docs");
const WIDE: BrowserContextOptions = { viewport: { width: 1280, height: 800 }, colorScheme: "light" };
const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, colorScheme: "dark", isMobile: true, hasTouch: true };

let portal: Portal;
test.beforeAll(async () => {
  test.setTimeout(180_000);
  portal = await Portal.start("demo", 150_000);
});
test.afterAll(async () => portal.stop());

/** Signs one of the cast in, who has read their notices. */
async function as(login: string, page: Page): Promise<void> {
  await signInToDemo(page, portal, login, "/security");
  // Half a year of notices that nobody read would be a story of its own.
  await page.goto(`${portal.url}/notifications`);
  const read = page.getByRole("button", { name: "Mark all as read" });
  if (await read.count()) await read.click();
}

async function take(page: Page, name: string): Promise<void> {
  await awake(page);
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.screenshot({ path: join(DOCS, name), animations: "disabled", caret: "hide" });
}

test("activating a role", async ({ browser }) => {
  const page = await browser.newPage(WIDE);
  await as("kenji", page);
  await page.goto(`${portal.url}/my-roles`);
  await page.getByRole("link", { name: /^Activate / }).first().click();
  await awake(page);
  await page.getByLabel("Reason").fill("Triaging Defender alert IR-2026-0143");
  await page.getByLabel("Duration", { exact: true }).fill("4");
  await take(page, "my-roles.png");
  await page.close();
});

test("deciding requests", async ({ browser }) => {
  const page = await browser.newPage(WIDE);
  await as("chidi", page);
  await page.goto(`${portal.url}/approve-requests`);
  await awake(page);
  await page.getByRole("checkbox", { name: /^Tess Ng/ }).check();
  await page.getByLabel("Justification").fill("Matches the alert; on shift until six");
  await take(page, "approve.png");
  await page.close();
});

test("the settings of a role", async ({ browser }) => {
  const page = await browser.newPage(WIDE);
  await as("ada", page);
  await page.goto(`${portal.url}/settings?q=Security+Operator`);
  await page.getByRole("link", { name: "Security Operator", exact: true }).click();
  await page.getByRole("link", { name: "Edit", exact: true }).click();
  await take(page, "settings.png");
  await page.close();
});

test("on a phone, at night", async ({ browser }) => {
  const page = await browser.newPage(PHONE);
  await as("tess", page);
  await page.goto(`${portal.url}/my-roles`);
  await take(page, "phone.png");
  await page.close();
});
