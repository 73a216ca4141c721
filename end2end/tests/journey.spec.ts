// The journey that the portal is for, from the settings of a role to the removal of an assignment, as people walk it side by
// side: an administrator, one who asks, those who decide.

import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { ask, halfAYearAhead, makeEligible, openPane, openSettings, requireApproval, said } from "../deeds";
import { APPROVERS, expect, expectAccessible, test, WITH_TESS } from "../fixtures";
import { awake, heading, pick, signIn, verify } from "../people";

// The first story begins where nothing has happened yet.
test.use({ story: "journey" });

const REASON = "Triaging Defender alert IR-2026-0142";

test("a role that needs approval, from its settings to its removal", async ({ browserOf, company, page: tess, javaScriptEnabled: scripted, expectComplaint }) => {
  test.setTimeout(120_000);
  const ROLE = "Security Operator";
  const [ada, bo, chidi] = await Promise.all([browserOf("ada"), browserOf("bo"), browserOf("chidi")]);

  await test.step("phase 1: the administrator asks for a second factor, a reason and an approval", async () => {
    await openSettings(ada, ROLE);
    await ada.getByRole("link", { name: "Edit", exact: true }).click();
    await heading(ada, `Edit settings: ${ROLE}`);
    await awake(ada);
    const hours = ada.getByLabel("Activation maximum duration", { exact: true });
    await hours.fill("8");
    await ada.getByRole("radio", { name: /^A second factor/ }).check();
    await ada.getByRole("checkbox", { name: /^Require justification on activation/ }).check();
    await ada.getByRole("checkbox", { name: /^Require approval to activate/ }).check();
    await pick(ada, "Approvers", APPROVERS);
    if (scripted) await expect(ada.getByRole("main")).toContainText("3 people can approve; 2 remain when one of them is the requestor.");
    await ada.getByRole("link", { name: "Next: Assignment" }).click();
    await ada.getByRole("checkbox", { name: "Allow permanent eligible assignment" }).check();
    await ada.getByRole("checkbox", { name: "Allow permanent active assignment" }).uncheck();
    await expectAccessible(ada);
    await ada.getByRole("link", { name: "Next: Notification" }).click();
    await expectAccessible(ada);
    await ada.getByRole("button", { name: "Save" }).click();
    await said(ada, `The settings of ${ROLE} are saved.`);
    const details = ada.getByRole("main");
    await expect(details).toContainText("3 people can approve; 2 remain when one of them is the requestor.");
    await expect(details).toContainText(APPROVERS);
    await expect(details).toContainText("8 h");
  });

  await test.step("phase 2: the administrator makes the test user eligible for six months", async () => {
    await ada.goto("/roles?q=" + encodeURIComponent(ROLE));
    await ada.getByRole("link", { name: ROLE, exact: true }).click();
    await heading(ada, ROLE);
    await ada.getByRole("link", { name: "Add assignments" }).first().click();
    await pick(ada, "Members", company.people.tess.name);
    await ada.getByRole("button", { name: "Next: Setting" }).click();
    await awake(ada);
    await ada.getByRole("radio", { name: /^Eligible/ }).check();
    await ada.getByRole("checkbox", { name: /^Permanent/ }).uncheck();
    const ends = halfAYearAhead();
    await ada.getByLabel("Assignment ends").fill(ends);
    await expectAccessible(ada);
    await ada.getByRole("button", { name: "Back: Membership" }).click();
    await expect(ada.getByRole("main")).toContainText(company.people.tess.name);
    await ada.getByRole("button", { name: "Next: Setting" }).click();
    await expect(ada.getByLabel("Assignment ends")).toHaveValue(ends);
    await ada.getByRole("button", { name: "Assign", exact: true }).click();
    await said(ada, `${company.people.tess.name} is now eligible for ${ROLE}.`);
    await expect(row(ada, company.people.tess.name)).toContainText("in 182 days");
    await expectAccessible(ada);
  });

  const bell = bo.locator(".bell summary");
  await test.step("the approver is looking at the list, before anything is asked", async () => {
    await bo.goto("/approve-requests");
    await expect(row(bo, ROLE)).toHaveCount(0);
    await expect(bell).toHaveAccessibleName(/nothing new/);
    await awake(bo);
  });

  await test.step("phase 3: the user verifies, gives a reason and asks", async () => {
    await signIn(tess, company.people.tess);
    await expect(tess).not.toHaveURL(/sign-in|verify/);
    await tess.goto("/my-roles");
    await expect(row(tess, ROLE)).toContainText("Not active");
    await expect(unavailable(tess, "Extend")).toContainText(/from \d/);
    await openPane(tess, ROLE);
    await awake(tess);
    const duration = tess.getByLabel("Duration", { exact: true });
    await expect(duration).toHaveAttribute("max", "8");
    await expect(duration).toHaveValue("8");
    await expect(tess.getByRole("complementary")).toContainText("Any of 3 people can approve now");
    await expect(tess.getByRole("complementary")).toContainText("Additional verification required.");
    await expectAccessible(tess);

    await duration.fill("7.5");
    await tess.getByLabel("Reason").fill(REASON);
    await tess.getByRole("button", { name: "Verify now" }).click();
    await verify(tess, company.people.tess);
    await expect(tess.getByLabel("Reason")).toHaveValue(REASON);
    await expect(duration).toHaveValue("7.5");
    await expect(tess.getByRole("complementary")).not.toContainText("Additional verification required.");

    // The ceiling holds on the server, too.
    await duration.fill("8.5");
    await tess.getByRole("button", { name: "Request activation" }).click();
    await expect(tess.getByRole("alert")).toContainText("This role can be active for at most 8 hours.");
    await expect(tess.getByLabel("Reason")).toHaveValue(REASON);
    expectComplaint(/422/);
    await expectAccessible(tess);
    await duration.fill("8");
    await tess.getByRole("button", { name: "Request activation" }).click();
    await said(tess, "pending for approval. Nothing is granted yet.");
    await heading(tess, `${ROLE} is requested`);
    await expectAccessible(tess);
  });

  await test.step("nothing is granted while it waits", async () => {
    await tess.goto("/my-roles?tab=active");
    await expect(tess.getByRole("main")).toContainText("No role is active");
    await tess.goto("/my-roles");
    await expect(row(tess, ROLE)).toContainText("Waiting for approval");
    await expect(tess.getByRole("link", { name: `Activate ${ROLE}` })).toHaveCount(0);
    await tess.goto("/my-requests");
    await expect(row(tess, ROLE)).toContainText("Pending approval");
    await expect(row(tess, ROLE)).toContainText(REASON);
    await expectAccessible(tess);
    await tess.getByRole("link", { name: ROLE, exact: true }).click();
    await awake(tess);
  });

  await test.step("phase 4: an approver hears of it and approves", async () => {
    // With script the list fills by itself, and the bell rings.
    if (!scripted) await bo.reload();
    await expect(bell).toHaveAccessibleName(/1 new/);
    const waiting = row(bo, ROLE);
    await expect(waiting).toContainText(REASON);
    await expect(waiting).toContainText(ROLE);
    await expect(waiting).toContainText("lapses");
    await expectAccessible(bo);

    // Another approver has the same request open.
    await chidi.goto("/approve-requests");
    await chidi.getByRole("link", { name: company.people.tess.name }).click();
    await expectAccessible(chidi);

    await awake(bo);
    await bo.getByRole("checkbox", { name: `${company.people.tess.name}, ${ROLE}` }).check();
    await bo.getByRole("button", { name: "Approve ticked" }).click();
    await expect(bo.getByRole("alert")).toContainText("Say why.");
    expectComplaint(/422/);
    await expect(bo.getByRole("checkbox", { name: `${company.people.tess.name}, ${ROLE}` })).toBeChecked();
    await bo.getByLabel("Justification").fill("The alert is real; checked with the desk");
    await bo.getByRole("button", { name: "Approve ticked" }).click();
    await said(bo, "1 request is approved.");

    await chidi.getByLabel("Justification").fill("Looks odd");
    await chidi.getByRole("button", { name: "Deny" }).click();
    await expect(chidi.getByRole("alert")).toContainText(/This request was already approved by Bo Lindqvist/);
    expectComplaint(/409/);
  });

  await test.step("the user sees it, active until, with the greyed Extend", async () => {
    if (!scripted) await tess.reload();
    await expect(tess.getByRole("main")).toContainText("Approved by Bo Lindqvist");
    await expect(tess.getByRole("main")).toContainText("The alert is real; checked with the desk");
    await tess.goto("/my-roles?tab=active");
    const active = row(tess, ROLE);
    await expect(active).toContainText("Activated");
    await expect(active).toContainText(/until .*\d{2}:\d{2}/);
    await expectAccessible(tess);
    await tess.goto("/my-roles");
    await expect(row(tess, ROLE)).toContainText(/Active, (8 h|7 h)/);
    await expect(unavailable(tess, "Extend")).toContainText(/from \d/);
    // Only what is greyed stands there, with its reason.
    await expect(unavailable(tess, "Deactivate")).toContainText(/from \d{2}:\d{2}/);
  });

  await test.step("a role that is young stays active", async () => {
    await tess.goto("/my-requests");
    await expect(row(tess, ROLE)).toContainText("Active");
    await ada.goto("/roles?q=" + encodeURIComponent(ROLE));
    await ada.getByRole("link", { name: ROLE, exact: true }).click();
    await ada.getByRole("link", { name: /^Active\b/ }).click();
    await ada.getByRole("link", { name: `Remove ${company.people.tess.name} from ${ROLE}` }).click();
    const id = /assignment\/([^/?]+)/.exec(ada.url())?.[1];
    await tess.goto(`/my-roles/${id}/deactivate`);
    await expect(tess.getByRole("main")).toContainText("It was activated less than 5 minutes ago.");
    await expectAccessible(tess);
    const forced = await tess.request.post(`/my-roles/${id}/deactivate`, { headers: { "sec-fetch-site": "same-origin" } });
    expect(forced.status()).toBe(422);
    expect(await forced.text()).toContain("less than 5 minutes ago");
  });

  await test.step("the administrator removes the eligibility, which is too young for that, too", async () => {
    await ada.goto("/assignments?q=" + encodeURIComponent(company.people.tess.name));
    await ada.getByRole("link", { name: `Remove ${company.people.tess.name} from ${ROLE}` }).click();
    await expect(ada.getByRole("main")).toContainText(/It was made less than 5 minutes ago. It can be removed from .*\d{2}:\d{2}.* on\./);
    await expectAccessible(ada);
    const forced = await ada.request.post(ada.url(), { form: { justification: "Project over" }, headers: { "sec-fetch-site": "same-origin" } });
    expect(forced.status()).toBe(422);
    await tess.goto("/my-roles?tab=active");
    await expect(row(tess, ROLE)).toContainText("Activated");
  });

  await test.step("the audit tells all of it", async () => {
    await ada.goto("/resource-audit?q=" + encodeURIComponent(REASON));
    await expect(row(ada, "Activation requested")).toContainText(company.people.tess.name);
    await expectAccessible(ada);
    await ada.getByRole("link", { name: "Activation requested" }).first().click();
    await expect(ada.getByRole("main")).toContainText(REASON);
    await ada.getByRole("link", { name: /every step|timeline|steps/i }).first().click();
    const steps = ada.locator("ol.timeline > li");
    await expect(steps).toContainText(["Activation requested", "Approval requested", "Request approved", "Activation completed"]);
    await expect(steps.nth(0)).toContainText(company.people.tess.name);
    await expect(steps.nth(0)).toContainText(REASON);
    await expect(steps.nth(2)).toContainText("Bo Lindqvist");
    await expect(steps.nth(2)).toContainText("The alert is real; checked with the desk");
    await expectAccessible(ada);

    await ada.goto("/resource-audit");
    const csv = await download(ada, "Export CSV");
    for (const words of ["Activation requested", "Approval requested", "Request approved", "Activation completed", REASON]) expect(csv).toContain(words);

    // Her own part of it is all that the user sees.
    expect((await tess.request.get("/resource-audit")).status()).toBe(404);
    await tess.goto("/my-audit");
    await expect(tess.getByRole("main")).toContainText("Request approved");
    await expectAccessible(tess);
  });

  await test.step("assignments are exported as the list shows them", async () => {
    await ada.goto("/assignments?tab=active");
    const csv = await download(ada, "Export CSV");
    expect(csv.split("\r\n").filter((line) => line.includes(ROLE) && line.includes(company.people.tess.upn))).toHaveLength(1);
  });
});

test("a request that is denied grants nothing and says why; one that is taken back is gone", async ({ browserOf, company }) => {
  test.setTimeout(90_000);
  const ROLE = "Helpdesk Administrator";
  const [ada, tess, chidi] = await Promise.all([browserOf("ada"), browserOf("tess"), browserOf("chidi")]);
  await requireApproval(ada, ROLE, { approvers: [APPROVERS] });
  await makeEligible(ada, ROLE, company.people.tess.name);
  await ask(tess, ROLE, "work");
  await heading(tess, `${ROLE} is requested`);

  await chidi.goto("/approve-requests");
  await chidi.getByRole("link", { name: company.people.tess.name }).first().click();
  await expect(chidi.getByRole("main")).toContainText("Held before");
  await chidi.getByLabel("Justification").fill("Say what the work is");
  await chidi.getByRole("button", { name: "Deny" }).click();
  await said(chidi, "denied");
  await chidi.goto("/approve-requests?tab=decided");
  await expect(row(chidi, ROLE)).toContainText("Denied");
  await expectAccessible(chidi);

  await tess.goto("/my-requests");
  await expect(row(tess, ROLE)).toContainText("Denied");
  await tess.getByRole("link", { name: ROLE, exact: true }).first().click();
  await expect(tess.getByRole("main")).toContainText("Say what the work is");
  await expectAccessible(tess);
  await tess.goto("/my-roles?tab=active");
  await expect(tess.getByRole("main")).not.toContainText(ROLE);

  await ask(tess, ROLE, "Resetting the password of the night desk");
  await tess.goto("/my-requests");
  await tess.getByRole("link", { name: `Cancel the request for ${ROLE}` }).click();
  await expectAccessible(tess);
  await tess.getByRole("button", { name: "Cancel request" }).click();
  await tess.goto("/my-requests");
  await expect(row(tess, ROLE).first()).toContainText("Canceled");
  await chidi.goto("/approve-requests");
  await expect(chidi.getByRole("main")).not.toContainText(ROLE);
});

test("nobody decides their own request, not even as a member of the approvers", async ({ browserOf, company }) => {
  test.setTimeout(90_000);
  const ROLE = "Security Reader";
  const [ada, tess, bo] = await Promise.all([browserOf("ada"), browserOf("tess"), browserOf("bo")]);
  await requireApproval(ada, ROLE, { approvers: [WITH_TESS] });
  await makeEligible(ada, ROLE, company.people.tess.name);
  await openPane(tess, ROLE);
  await expect(tess.getByRole("complementary")).toContainText("cannot approve your own request");
  await ask(tess, ROLE, "Reading the alerts of the weekend");
  await tess.goto("/my-requests");
  const address = await tess.getByRole("link", { name: ROLE, exact: true }).first().getAttribute("href");
  const request = address!.split("/").at(-1)!;

  await tess.goto("/approve-requests");
  await expect(tess.getByRole("main")).not.toContainText(ROLE);
  // On a page that does not follow what happens: what is tried here would reload the list under the next step.
  await tess.goto("/preferences");
  for (const [path, form] of [
    [`/approve-requests/${request}`, { verdict: "approve", justification: "Fine" }],
    ["/approve-requests", { request, verdict: "approve", justification: "Fine" }],
  ] as const) {
    const answer = await tess.request.post(path, { form, headers: { "sec-fetch-site": "same-origin" } });
    expect(answer.status()).toBe(403);
    expect(await answer.text()).toContain("Nobody decides their own request.");
  }
  await tess.goto(`/approve-requests/${request}`);
  await expect(tess.getByRole("main")).toContainText("This is your own request.");
  await expect(tess.getByRole("button", { name: "Approve" })).toHaveCount(0);
  await expectAccessible(tess);

  await bo.goto(`/approve-requests/${request}`);
  await bo.getByLabel("Justification").fill("The weekend had many");
  await bo.getByRole("button", { name: "Approve" }).click();
  await said(bo, "approved");
  await tess.goto("/my-roles?tab=active");
  await expect(row(tess, ROLE)).toContainText("Activated");
});

test("a role without approval is active at once", async ({ browserOf, company }) => {
  const ROLE = "Message Center Reader";
  const [ada, tess] = await Promise.all([browserOf("ada"), browserOf("tess")]);
  await makeEligible(ada, ROLE, company.people.tess.name);
  await ask(tess, ROLE, "Reading the announcements before the change");
  await said(tess, `${ROLE} is active until`);
  await heading(tess, `${ROLE} is activated`);
  await expect(tess.getByRole("main")).toContainText("Role active");
  await expectAccessible(tess);
  // A second activation beside the first is not offered, and refused.
  await tess.goto("/my-roles");
  await expect(tess.getByRole("link", { name: `Activate ${ROLE}` })).toHaveCount(0);
});

/** The row of a table in which this text stands. */
function row(page: Page, text: string) {
  return page.locator("main tbody tr").filter({ hasText: text });
}

/** An action that stands there greyed, with its reason. */
function unavailable(page: Page, label: string) {
  return page.locator("main .off").filter({ has: page.locator("[aria-disabled=true]", { hasText: label }) }).first();
}

/** What a link hands over as a file. */
async function download(page: Page, link: string): Promise<string> {
  const arriving = page.waitForEvent("download");
  // What is recorded is asked for by a form.
  await page.getByRole("link", { name: link }).or(page.getByRole("button", { name: link })).click();
  return readFileSync(await (await arriving).path(), "utf8");
}
