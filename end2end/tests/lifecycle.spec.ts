// The later life of an assignment, half a year into the demo: a user asks to extend, another to renew; an administrator decides,
// changes an assignment, and extends several at once. Each hears of it by mail, and follows its link.

import type { Page } from "@playwright/test";
import { expect, expectAccessible, test, watch } from "../fixtures";
import { said } from "../deeds";
import { awake, heading, signInToDemo } from "../people";

test.use({ story: "demo" });

const row = (page: Page, ...words: string[]) =>
  words.reduce((rows, hasText) => rows.filter({ hasText }), page.locator("main tbody tr")).first();

/** So many days from now at noon, as the browser's own field takes it, and as the page says it. */
function ahead(days: number): { typed: string; said: string } {
  const day = new Date(Date.now() + days * 86_400_000);
  const said = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).format(day);
  return { typed: `${day.toISOString().slice(0, 10)}T12:00`, said: said.replace("Sept", "Sep") };
}

test("an assignment is extended, renewed, changed, and several are extended at once", async ({ page: omar, browser, portal, mailbox, complaints, expectComplaint, javaScriptEnabled, locale, timezoneId }) => {
  test.setTimeout(240_000);
  const open = async () => {
    const context = await browser.newContext({ baseURL: portal.url, javaScriptEnabled, locale, timezoneId });
    watch(context, complaints);
    return context.newPage();
  };
  const [ada, tess] = [await open(), await open()];
  await signInToDemo(ada, portal, "ada", "/approve-requests");
  await signInToDemo(omar, portal, "omar", "/my-roles");
  await signInToDemo(tess, portal, "tess", "/my-roles?tab=expired");
  const OPERATOR = "Security Operator";
  const box = mailbox!;

  await test.step("a user asks to extend, with a reason and a proposed end", async () => {
    await expect(row(omar, "Global Administrator").locator(".off")).toContainText(/from \d/);
    await omar.getByRole("link", { name: `Extend ${OPERATOR}` }).click();
    await heading(omar, `Extend ${OPERATOR}`);
    await expectAccessible(omar);
    await omar.getByRole("button", { name: "Send request" }).click();
    await expect(omar.getByRole("alert")).toContainText("Give a reason.");
    expectComplaint(/422/);
    await expectAccessible(omar);
    await omar.getByLabel("Reason").fill("The alert rota goes on until the summer");
    await omar.getByLabel(/^Proposed end/).fill(ahead(90).typed);
    await omar.getByRole("button", { name: "Send request" }).click();
    await said(omar, `The request to extend ${OPERATOR} waits for an administrator.`);
    await expect(omar.getByRole("main")).toContainText("Pending administrator");
    await expect(omar.getByRole("main")).toContainText(ahead(90).said);
    await expectAccessible(omar);
    await omar.goto("/my-roles");
    await expect(row(omar, OPERATOR)).toContainText("Extension asked");
    await omar.goto("/my-requests");
    await expect(row(omar, OPERATOR, "Extend")).toContainText("Pending administrator");
  });

  await test.step("another asks to renew what expired", async () => {
    await tess.getByRole("link", { name: "Renew Reports Reader" }).click();
    await heading(tess, "Renew Reports Reader");
    await expectAccessible(tess);
    await tess.getByLabel("Reason").fill("The licence count comes again every quarter");
    await tess.getByRole("button", { name: "Send request" }).click();
    await said(tess, "The request to renew Reports Reader waits for an administrator.");
  });

  await test.step("the administrator approves the extension with another end", async () => {
    const asked = await box.mail("ada", `PIM: Review Omar Haddad's request to extend the ${OPERATOR} role`);
    await box.mail("bo", asked.subject);
    expect(asked.text).toContain("The alert rota goes on until the summer");
    await ada.goto("/approve-requests");
    const sections = ada.locator("main h2");
    await expect(sections.nth(0)).toHaveText("Requests to renew or extend role assignments");
    await expect(sections.nth(1)).toHaveText("Requests for role activations");
    await expect(row(ada, "Omar Haddad", OPERATOR, "Extend")).toContainText("The alert rota goes on until the summer");
    await expectAccessible(ada);
    await ada.goto(asked.links[0]!);
    await heading(ada, `Omar Haddad asks to extend ${OPERATOR}`);
    await awake(ada);
    await expect(ada.getByLabel("Assignment ends")).toHaveValue(ahead(90).typed);
    await expect(ada.getByRole("radio", { name: /^Eligible/ })).toBeChecked();
    await expectAccessible(ada);
    await ada.getByLabel("Assignment ends").fill(ahead(60).typed);
    await ada.getByRole("button", { name: "Approve" }).click();
    await expect(ada.getByRole("alert")).toContainText("Say why.");
    expectComplaint(/422/);
    await expect(ada.getByLabel("Assignment ends")).toHaveValue(ahead(60).typed);
    await ada.getByLabel("Justification").fill("Until the rota is staffed");
    await ada.getByRole("button", { name: "Approve" }).click();
    await said(ada, `Omar Haddad, ${OPERATOR}: extended.`);
    const approved = await box.mail("omar", `PIM: Your request to extend the ${OPERATOR} role was approved`);
    expect(approved.text).toContain(ahead(60).said);
    expect(approved.inReplyTo, "it stands with the mail that asked").toBe(asked.inReplyTo);
    await box.mail("bo", `PIM: Omar Haddad's request to extend the ${OPERATOR} role was approved`);
    await omar.goto(approved.links[0]!);
    await heading(omar, "My roles");
    await expect(row(omar, OPERATOR)).toContainText(ahead(60).said);
    await omar.goto("/my-requests");
    await omar.getByRole("link", { name: OPERATOR, exact: true }).first().click();
    await expect(omar.getByRole("main")).toContainText("Assignment extended");
    await expect(omar.getByRole("main")).toContainText("Until the rota is staffed");
    await expectAccessible(omar);
  });

  await test.step("the administrator approves the renewal as it is offered, together with what else is ticked", async () => {
    await ada.goto("/approve-requests");
    await row(ada, "Tess Ng", "Reports Reader", "Renew").getByRole("checkbox").check();
    await ada.getByRole("button", { name: "Review ticked" }).click();
    await heading(ada, "Decide together");
    await expect(row(ada, "Tess Ng")).toContainText("expired");
    await expectAccessible(ada);
    await ada.getByLabel("Justification").fill("Every quarter");
    await ada.getByRole("button", { name: "Approve" }).click();
    await said(ada, "1 request is approved.");
    await box.mail("bo", "PIM: Review Tess Ng's request to renew the Reports Reader role");
    const renewed = await box.mail("tess", "PIM: Your request to renew the Reports Reader role was approved");
    await tess.goto(renewed.links[0]!);
    await expect(row(tess, "Reports Reader")).toContainText("Not active");
    await tess.goto("/my-roles?tab=expired");
    await expect(tess.getByRole("link", { name: "Renew Reports Reader" })).toHaveCount(0);
  });

  await test.step("the administrator changes type and end, and sees before what it means", async () => {
    const ROLE = "Application Administrator";
    await ada.goto("/assignments?q=Fatima");
    await ada.getByRole("link", { name: `Update Fatima Alaoui in ${ROLE}` }).click();
    await heading(ada, "Update assignment");
    await expectAccessible(ada);
    await ada.getByRole("button", { name: "Review" }).click();
    await expect(ada.getByRole("alert")).toContainText("Nothing in this form is different");
    expectComplaint(/422/);
    await ada.getByRole("radio", { name: /^Active/ }).check();
    await ada.getByLabel("Assignment ends").fill(ahead(30).typed);
    await ada.getByLabel("Justification").fill("She needs it all day during the clean-up");
    await ada.getByRole("button", { name: "Review" }).click();
    await expect(ada.getByRole("main")).toContainText("What it means");
    await expect(row(ada, "Type")).toContainText("Active");
    await expect(ada.getByRole("main")).toContainText(`Fatima Alaoui holds ${ROLE} at once`);
    await expectAccessible(ada);
    await ada.getByRole("button", { name: "Back to the form" }).click();
    await expect(ada.getByLabel("Justification")).toHaveValue("She needs it all day during the clean-up");
    await ada.getByRole("button", { name: "Review" }).click();
    await ada.getByRole("button", { name: "Save" }).click();
    await said(ada, `The assignment to ${ROLE} was changed.`);
    const changed = await box.mail("fatima", `PIM: Your assignment to the ${ROLE} role was changed`);
    expect(changed.text).toMatch(/Type\n +Before: +Eligible\n +Now: +Active/);
    expect(changed.text).toContain(ahead(30).said);
    expect(changed.links[0]).toBe(`${portal.url}/my-roles?tab=active`);
    await box.mail("bo", `PIM: Fatima Alaoui's assignment to the ${ROLE} role was changed`);
    await ada.goto("/assignments?tab=active&q=Fatima");
    await expect(row(ada, ROLE)).toContainText(ahead(30).said);
    await ada.goto("/resource-audit?kind=EligibilityUpdated");
    await ada.locator("main tbody th a").first().click();
    await expect(row(ada, "Type")).toContainText("Eligible");
    await expectAccessible(ada);
  });

  await test.step("the administrator extends several at once", async () => {
    await ada.goto("/assignments?tab=active");
    await ada.getByRole("checkbox", { name: "Dana Roth, Compliance Administrator" }).check();
    await ada.getByRole("checkbox", { name: "Fatima Alaoui, Application Administrator" }).check();
    await ada.getByRole("button", { name: "Extend selected" }).click();
    await heading(ada, "Extend assignments");
    await expect(ada.locator("main tbody tr")).toHaveCount(2);
    await expectAccessible(ada);
    await ada.getByRole("radio", { name: /^Until the date below/ }).check();
    await ada.getByLabel("Date", { exact: true }).fill(ahead(100).typed);
    await ada.getByLabel("Justification").fill("The projects run longer");
    await ada.getByRole("button", { name: "Extend all 2" }).click();
    await said(ada, "2 assignments are extended.");
    await box.mail("dana", "PIM: Your assignment to the Compliance Administrator role was extended");
    await box.mail("bo", "PIM: Fatima Alaoui's assignment to the Application Administrator role was extended");
    await expect(row(ada, "Dana Roth")).toContainText(ahead(100).said);
    await expect(row(ada, "Fatima Alaoui", "Application Administrator")).toContainText(ahead(100).said);
    await expectAccessible(ada);
  });
  await ada.context().close();
  await tess.context().close();
});
