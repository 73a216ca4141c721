// Every page, as those who may see it see it: wide and narrow, light and dark.

import type { Page } from "@playwright/test";
import { ask, halfAYearAhead, makeEligible, openPane, requireApproval } from "../deeds";
import { APPROVERS, expect, expectAccessible, test } from "../fixtures";
import { awake, isScripted, pick } from "../people";

const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 390, height: 844 };
const PENDING = "Security Administrator";
const ACTIVE = "Service Support Administrator";

/** Looks at the page as it stands. The two projects share the four combinations of size and colour between them. */
async function look(page: Page, what: string): Promise<void> {
  await awake(page);
  const scripted = await isScripted(page);
  await expect(page.locator("h1"), `${what}: one heading`).toHaveCount(1);
  await expect(page.locator("h1"), `${what}: it says something`).toHaveText(/\S/);
  await expect(page, `${what}: a title`).toHaveTitle(/\S/);
  await expect(page.getByRole("main"), `${what}: one main part`).toHaveCount(1);
  expect.soft(await page.locator("[autofocus]").count(), `${what}: places that want the focus`).toBeLessThanOrEqual(1);
  for (const size of [WIDE, NARROW]) {
    await page.setViewportSize(size);
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect.soft(wider, `${what} at ${size.width}: pixels that stand over the edge`).toBeLessThanOrEqual(0);
    const colorScheme = scripted === (size === WIDE) ? "light" : "dark";
    await page.emulateMedia({ colorScheme });
    await test.step(`${what} at ${size.width}, ${colorScheme}`, () => expectAccessible(page));
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(WIDE);
}

async function lookAt(page: Page, paths: string[]): Promise<void> {
  for (const path of paths) {
    // To another part of the same page the browser only scrolls.
    const answer = await page.goto(path);
    if (answer) expect(answer.status(), path).toBe(200);
    await look(page, path);
  }
}

test("the doors, for nobody in particular", async ({ browserOf, company, expectComplaint }) => {
  test.setTimeout(300_000);
  const page = await browserOf();
  await lookAt(page, ["/", "/sign-in", "/sign-in?to=/my-roles", "/theme"]);
  await page.goto("/sign-in");
  await page.getByLabel("User name").fill(company.people.ada.upn);
  await page.getByLabel("Password", { exact: true }).fill("something else entirely");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toContainText("The name or the password is wrong.");
  expectComplaint(/422/);
  await look(page, "a sign-in that was refused");
  await page.goto("/nowhere");
  expectComplaint(/404/);
  await look(page, "a page that is not there");
  await page.goto("/set-up");
  expectComplaint(/404/);
  await look(page, "the set-up of a portal that is set up");
  await page.goto("/recover");
  await look(page, "recovering an administrator");
});

test("the pages of whoever has nothing", async ({ browserOf }) => {
  test.setTimeout(300_000);
  const chidi = await browserOf("chidi");
  await lookAt(chidi, [
    "/my-roles", "/my-roles?tab=active", "/my-roles?tab=expired", "/my-requests", "/approve-requests", "/approve-requests?tab=decided",
    "/notifications", "/my-audit", "/my-audit?q=zzzz", "/search?q=zzzz", "/security", "/preferences", "/change-password", "/recovery-codes", "/sign-out",
  ]);
});

test("the pages of whoever asks, and their states", async ({ browserOf, company, expectComplaint }) => {
  test.setTimeout(300_000);
  const [ada, tess, bo] = await Promise.all([browserOf("ada"), browserOf("tess"), browserOf("bo")]);
  await requireApproval(ada, PENDING, { approvers: [APPROVERS] });
  await makeEligible(ada, PENDING, company.people.tess.name);
  await makeEligible(ada, ACTIVE, company.people.tess.name);
  await openPane(tess, PENDING);
  await look(tess, "the activation pane");
  await tess.getByLabel("Duration", { exact: true }).fill("23.5");
  await tess.getByRole("checkbox", { name: /^Start later/ }).check();
  await tess.getByRole("button", { name: "Request activation" }).click();
  await expect(tess.getByRole("alert")).toBeVisible();
  expectComplaint(/422/);
  await look(tess, "the activation pane, refused");
  await tess.goto("/my-roles");
  for (const role of [PENDING, ACTIVE]) await tess.getByRole("checkbox", { name: role }).check();
  await tess.getByRole("button", { name: "Activate selected" }).click();
  await look(tess, "the activation pane of several roles");
  await tess.getByLabel("Reason").fill("Rotating the keys of the front door, CHG-4711");
  await tess.getByRole("complementary").getByRole("button", { name: /^Activate/ }).click();
  await look(tess, "what became of several requests");

  await lookAt(tess, ["/", "/my-roles", "/my-roles?tab=active", "/my-requests", "/notifications", "/my-audit"]);
  await tess.goto("/my-requests");
  await tess.getByRole("link", { name: PENDING, exact: true }).first().click();
  await look(tess, "a request that waits");
  await tess.getByRole("link", { name: "Cancel request" }).click();
  await look(tess, "whether to cancel");
  await tess.goto("/my-requests");
  await tess.getByRole("link", { name: ACTIVE, exact: true }).first().click();
  await look(tess, "a request that was carried out");

  await lookAt(bo, ["/approve-requests"]);
  await bo.getByRole("button", { name: "Approve ticked" }).click();
  await expect(bo.getByRole("alert")).toBeVisible();
  expectComplaint(/422/);
  await look(bo, "a decision without a tick");
  await bo.goto("/approve-requests");
  await bo.getByRole("link", { name: company.people.tess.name }).first().click();
  await look(bo, "a request to decide");
});

test("the lists of an administrator", async ({ browserOf, company }) => {
  test.setTimeout(300_000);
  const [ada, tess] = await Promise.all([browserOf("ada"), browserOf("tess")]);
  const ROLE = "Teams Administrator";
  await requireApproval(ada, ROLE, { approvers: [APPROVERS] });
  await makeEligible(ada, ROLE, company.people.tess.name);
  await ask(tess, ROLE, "Moving the channels of the sales team");
  await lookAt(ada, [
    "/", "/my-roles", "/my-roles?tab=active", "/roles", "/roles?q=zzzz", "/assignments", "/assignments?tab=active", "/assignments?tab=expired", "/assignments?q=zzzz",
    "/assignments/add", "/settings", "/settings?q=zzzz", "/users", "/users?state=disabled", "/users/add", "/groups", "/groups?q=zzzz", "/groups/add", "/requests",
    "/mail", "/mail?state=Failed", "/resource-audit", "/resource-audit?q=zzzz", "/health", "/search?q=secur", "/notifications", "/security",
  ]);
});

test("what an administrator opens", async ({ browserOf, company }) => {
  test.setTimeout(300_000);
  const [ada, tess] = await Promise.all([browserOf("ada"), browserOf("tess")]);
  const ROLE = "SharePoint Administrator";
  await requireApproval(ada, ROLE, { approvers: [APPROVERS] });
  await makeEligible(ada, ROLE, company.people.tess.name);
  await ask(tess, ROLE, "Moving the sites of the sales team");
  await ada.goto("/roles?q=" + encodeURIComponent(ROLE));
  const role = (await ada.getByRole("link", { name: ROLE, exact: true }).getAttribute("href"))!;
  const settings = role.replace("/roles", "/settings");
  await lookAt(ada, [role, `${role}?tab=active`, `${role}?tab=expired`, settings, `${settings}/edit`, `${settings}/edit#assignment`, `${settings}/edit#notification`]);
  await ada.goto("/users?q=Tess");
  const user = (await ada.getByRole("link", { name: company.people.tess.name }).getAttribute("href"))!;
  await lookAt(ada, [user, `${user}/edit`, `${user}/disable`, `${user}/reset-password`, `${user}/reset-second-factor`]);
  await ada.goto("/groups?q=" + encodeURIComponent(APPROVERS));
  const group = (await ada.getByRole("link", { name: APPROVERS }).getAttribute("href"))!;
  await lookAt(ada, [group, `${group}/edit`, `${group}/members`]);
  await ada.goto("/assignments?q=Tess");
  await ada.getByRole("link", { name: /^Remove/ }).first().click();
  await look(ada, "whether to remove an assignment");
  await ada.goto("/assignments?q=Tess");
  await ada.getByRole("link", { name: /^Extend/ }).first().click();
  await look(ada, "assignments to extend");
  await ada.goto("/assignments?q=Tess");
  await ada.getByRole("link", { name: /^Update/ }).first().click();
  await look(ada, "an assignment to update");
  await ada.getByLabel("Assignment ends").fill(halfAYearAhead(1));
  await ada.getByRole("button", { name: "Review" }).click();
  await expect(ada.getByRole("main")).toContainText("What it means");
  await look(ada, "what an update would do");
  await ada.goto("/mail?q=" + encodeURIComponent(ROLE));
  await ada.getByRole("link", { name: "Approval requested" }).first().click();
  await look(ada, "one mail");
  await ada.goto("/resource-audit?q=sites+of+the+sales");
  await ada.getByRole("link", { name: "Activation requested" }).first().click();
  await look(ada, "one event");
  await ada.goto("/resource-audit?kind=" + "SettingsUpdated");
  await ada.locator("main tbody th a").first().click();
  await look(ada, "an event with what changed");
});

test("forms that were refused, and menus that are open", async ({ browserOf, expectComplaint }) => {
  test.setTimeout(300_000);
  const ada = await browserOf("ada");
  const refused = async (what: string) => {
    await expect(ada.getByRole("alert"), what).toBeVisible();
    expectComplaint(/422/);
    await look(ada, what);
  };
  await ada.goto("/users/add");
  await ada.getByLabel("Name", { exact: true }).fill("Two  spaces");
  await ada.getByLabel("User name", { exact: true }).fill("not an address");
  await ada.getByRole("button", { name: "Add the user" }).click();
  await refused("a person, refused");
  await ada.goto("/groups/add");
  await ada.getByLabel("Name", { exact: true }).fill(APPROVERS);
  await ada.getByRole("button", { name: "Add the group" }).click();
  await refused("a group, refused");
  await ada.goto("/assignments/add");
  await ada.getByRole("button", { name: "Next: Setting" }).click();
  await refused("the wizard without anybody");
  await ada.goto("/assignments/add");
  await ada.getByLabel("Role", { exact: true }).selectOption({ label: "User Administrator" });
  await pick(ada, "Members", "Tess Ng");
  await ada.getByRole("button", { name: "Next: Setting" }).click();
  await expect(ada.getByLabel("Assignment starts")).toBeVisible();
  await look(ada, "the second step of the wizard");
  await ada.getByLabel("Assignment starts").fill("2020-01-01T10:00");
  await ada.getByRole("checkbox", { name: /^Permanent/ }).uncheck();
  await ada.getByLabel("Assignment ends").fill("2019-01-01T10:00");
  await ada.getByRole("button", { name: "Assign", exact: true }).click();
  await refused("the second step of the wizard, refused");
  await ada.goto("/change-password");
  await ada.getByLabel("Current password").fill("not this one");
  await ada.getByLabel("New password", { exact: true }).fill("four quiet herons on a roof");
  await ada.getByLabel("New password once more").fill("five quiet herons on a roof");
  await ada.getByRole("button", { name: "Change password" }).click();
  await refused("a password typed in two ways");

  // Where nothing lies half under what is open.
  await ada.goto("/search");
  await awake(ada);
  await ada.locator(".menu.person summary").click();
  await look(ada, "the person's menu, open");
  await ada.goto("/search");
  await awake(ada);
  await ada.locator(".bell summary").click();
  await expect(ada.locator(".bell[open]")).toHaveCount(1);
  await look(ada, "the bell, open");
  await ada.goto("/resource-audit");
  await ada.getByText("More filters").click();
  await look(ada, "all filters of the audit");
});
