// What an administrator looks after: how the server is, and what waits for nobody.

import { ask, makeEligible, requireApproval, said } from "../deeds";
import { APPROVERS, expect, expectAccessible, test } from "../fixtures";
import { awake } from "../people";

test("health is found in the navigation, and says that all is done", async ({ browserOf }) => {
  const [ada, tess] = [await browserOf("ada"), await browserOf("tess")];
  await ada.goto("/");
  await ada.getByRole("navigation").getByRole("link", { name: "Health" }).first().click();
  await expect(ada.locator("h1")).toHaveText("Health");
  await expect(ada.getByRole("main")).toContainText("Everything that was due is done.");
  await expect(ada.getByRole("main")).toContainText("None since the server started");
  await expectAccessible(ada);
  await ada.getByRole("link", { name: "Refresh" }).click();
  await expect(ada.locator("h1")).toHaveText("Health");
  await tess.goto("/");
  await expect(tess.getByRole("navigation").getByRole("link", { name: "Health" })).toHaveCount(0);
});

test("several waiting requests are canceled with one justification", async ({ browserOf, company, expectComplaint }) => {
  const [ada, tess] = [await browserOf("ada"), await browserOf("tess")];
  const ROLES = ["Groups Administrator", "Intune Administrator"];
  for (const role of ROLES) {
    await requireApproval(ada, role, { approvers: [APPROVERS] });
    await makeEligible(ada, role, company.people.tess.name);
    await ask(tess, role, `Looking after ${role}`);
  }
  await ada.goto("/requests");
  await awake(ada);
  const rows = ada.locator("main tbody tr");
  await ada.getByRole("button", { name: "Cancel ticked" }).click();
  await expect(ada.getByRole("alert")).toContainText("Tick at least one request.");
  expectComplaint(/422/);
  await expectAccessible(ada);
  for (const role of ROLES) await rows.filter({ hasText: `Looking after ${role}` }).getByRole("checkbox").check();
  await ada.getByRole("button", { name: "Cancel ticked" }).click();
  await expect(ada.getByRole("alert")).toContainText("Say why.");
  expectComplaint(/422/);
  // What was ticked stays so.
  for (const role of ROLES) await expect(rows.filter({ hasText: `Looking after ${role}` }).getByRole("checkbox")).toBeChecked();
  await ada.getByLabel("Justification").fill("Nobody needs them any more");
  await ada.getByRole("button", { name: "Cancel ticked" }).click();
  await said(ada, "2 requests are canceled.");
  for (const role of ROLES) await expect(rows.filter({ hasText: `Looking after ${role}` })).toHaveCount(0);
  await expectAccessible(ada);
  await tess.goto("/my-requests");
  for (const role of ROLES) await expect(tess.locator("main tbody tr").filter({ hasText: role }).first()).toContainText("Canceled");
  await ada.goto("/resource-audit?q=" + encodeURIComponent("Nobody needs them any more"));
  await expect(ada.locator("main tbody tr")).toHaveCount(2);
});
