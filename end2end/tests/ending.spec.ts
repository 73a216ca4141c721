// What only time makes possible: a role is switched off again, and an assignment removed, both older than five minutes.

import { expect, expectAccessible, test, watch } from "../fixtures";
import { said } from "../deeds";
import { signInToDemo } from "../people";

test.use({ story: "demo" });

test("a person switches a role off; the end of an eligibility ends what was activated from it", async ({ page: amara, browser, portal, mailbox, complaints, javaScriptEnabled, locale, timezoneId }) => {
  test.setTimeout(90_000);
  const context = await browser.newContext({ baseURL: portal.url, javaScriptEnabled, locale, timezoneId });
  watch(context, complaints);
  const ada = await context.newPage();
  await signInToDemo(ada, portal, "ada", "/assignments?tab=active&q=kenji");
  await signInToDemo(amara, portal, "amara", "/my-roles?tab=active");

  await test.step("deactivate, with a question before", async () => {
    await amara.getByRole("link", { name: "Deactivate Helpdesk Administrator" }).click();
    await expect(amara.getByRole("main")).toContainText("Helpdesk Administrator");
    await expectAccessible(amara);
    await amara.getByRole("button", { name: "Deactivate" }).click();
    await said(amara, "Helpdesk Administrator");
    await amara.goto("/my-roles?tab=active");
    await expect(amara.getByRole("main")).not.toContainText("Helpdesk Administrator");
    await amara.goto("/my-roles?tab=expired");
    await expect(amara.locator("main tbody tr").filter({ hasText: "Helpdesk Administrator" }).first()).toContainText(/deactivated/i);
    await amara.goto("/my-audit");
    await expect(amara.locator("main tbody tr").first()).toContainText("Helpdesk Administrator");
  });

  await test.step("remove, with what will happen said before", async () => {
    const ROLE = "Security Administrator";
    const active = ada.locator("main tbody tr").filter({ hasText: ROLE });
    await expect(active).toContainText("Activated");
    await ada.goto("/assignments?q=kenji");
    await ada.getByRole("link", { name: `Remove Kenji Mori from ${ROLE}` }).click();
    await expect(ada.getByRole("main")).toContainText(/activation/);
    await expectAccessible(ada);
    await ada.getByLabel("Justification").fill("The project is over");
    await ada.getByRole("button", { name: "Remove" }).click();
    await said(ada, `The assignment to ${ROLE} was removed.`);
    const removed = await mailbox!.mail("kenji", `PIM: Your assignment to the ${ROLE} role was removed`);
    expect(removed.text).toMatch(/Removed by: +Ada Okafor/);
    expect(removed.text).toContain("The project is over");
    expect(removed.links[0]).toBe(`${portal.url}/my-roles`);
    await mailbox!.mail("bo", `PIM: Kenji Mori's assignment to the ${ROLE} role was removed`);
    await ada.goto("/assignments?tab=active&q=kenji");
    await expect(active).toHaveCount(0);
    await ada.goto("/resource-audit?q=" + encodeURIComponent("The project is over"));
    await expect(ada.locator("main tbody tr").first()).toContainText("Kenji Mori");
  });
  await context.close();
});
