// What an administrator and an asker do again and again on their way to something else.

import { expect, type Page } from "@playwright/test";
import { awake, heading, pick } from "./people";

/** How a role asks for approval. */
export type Approval = { approvers: string[]; hours?: string };

/** Opens the settings of a role from the list. */
export async function openSettings(admin: Page, role: string): Promise<void> {
  await admin.goto("/settings");
  const search = admin.getByRole("main").getByRole("searchbox");
  await search.fill(role);
  await search.press("Enter");
  await admin.getByRole("link", { name: role, exact: true }).click();
  await heading(admin, `Settings: ${role}`);
}

/** Settings with approval by these. */
export async function requireApproval(admin: Page, role: string, { approvers, hours }: Approval): Promise<void> {
  await openSettings(admin, role);
  await admin.getByRole("link", { name: "Edit", exact: true }).click();
  if (hours) await admin.getByLabel("Activation maximum duration", { exact: true }).fill(hours);
  await admin.getByRole("checkbox", { name: /^Require approval to activate/ }).check();
  for (const approver of approvers) await pick(admin, "Approvers", approver);
  await admin.getByRole("button", { name: "Save" }).click();
  await said(admin, `The settings of ${role} are saved.`);
}

/** Makes somebody eligible for half a year, with the wizard. */
export async function makeEligible(admin: Page, role: string, who: string): Promise<void> {
  await admin.goto("/roles?q=" + encodeURIComponent(role));
  await admin.getByRole("link", { name: `Assign ${role}`, exact: true }).click();
  await pick(admin, "Members", who);
  await admin.getByRole("button", { name: "Next: Setting" }).click();
  await admin.getByLabel("Assignment starts").waitFor();
  await awake(admin);
  const permanent = admin.getByRole("checkbox", { name: /^Permanent/ });
  await permanent.uncheck();
  await admin.getByLabel("Assignment ends").fill(halfAYearAhead());
  await admin.getByRole("button", { name: "Assign", exact: true }).click();
  await said(admin, `eligible for ${role}`);
}

/** The address of the pane of an eligible role. */
export async function openPane(asker: Page, role: string): Promise<void> {
  await asker.goto("/my-roles");
  await asker.getByRole("link", { name: `Activate ${role}`, exact: true }).click();
  await expect(asker.getByRole("complementary").getByRole("heading", { name: role })).toBeVisible();
}

/** Asks for a role; what is answered is up to the role's settings. */
export async function ask(asker: Page, role: string, reason: string): Promise<void> {
  await openPane(asker, role);
  await asker.getByLabel("Reason").fill(reason);
  await asker.getByRole("button", { name: /^(Activate|Request activation)$/ }).click();
}

/** Waits for the sentence about the last change. */
export async function said(page: Page, sentence: string | RegExp): Promise<void> {
  await expect(page.locator(".toast")).toContainText(sentence);
}

/**
 * Six months from now, as the browser's own field takes it, in the zone of the tests: 182 days at whatever time of day, for as long as
 * a test takes.
 */
export function halfAYearAhead(hoursLater = 0): string {
  const end = new Date(Date.now() + 182 * 86_400_000 + (12 + hoursLater) * 3_600_000);
  // Sweden writes a moment as the field does, with a space in it.
  const moment = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Berlin", dateStyle: "short", timeStyle: "short" });
  return moment.format(end).replace(" ", "T");
}
