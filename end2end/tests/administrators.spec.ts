// Who can administer: giving up one's own power, or taking that of the last other one, is asked twice; leaving nobody is refused.

import { said } from "../deeds";
import { expect, expectAccessible, test } from "../fixtures";
import { awake, pick } from "../people";

// A portal of its own: nobody else's test loses its administrator here.
test.use({ story: "administrators" });

const ROLE = "Global Administrator";

test("the last other administrator is asked about twice, and the last of all stays", async ({ browserOf, company, expectComplaint }) => {
  const [ada, bo] = [await browserOf("ada"), company.people.bo];

  await test.step("nobody else: an end for one's own assignment is refused", async () => {
    await ada.goto("/assignments?tab=active&q=ada");
    await ada.getByRole("link", { name: new RegExp(`^Update .*${ROLE}`) }).click();
    await ada.getByLabel("Assignment ends").waitFor();
    await awake(ada);
    await ada.getByRole("checkbox", { name: /^Permanent/ }).uncheck();
    await ada.getByLabel("Assignment ends").fill("2099-01-01T12:00");
    await ada.getByLabel("Justification").fill("Leaving one day");
    await ada.getByRole("button", { name: "Review" }).click();
    await expect(ada.getByRole("alert")).toContainText(ROLE);
    expectComplaint(/422/);
    await expectAccessible(ada);
  });

  await test.step("a second administrator, who has signed in", async () => {
    await ada.goto("/roles?q=" + encodeURIComponent(ROLE));
    await ada.getByRole("link", { name: `Assign ${ROLE}`, exact: true }).click();
    await pick(ada, "Members", bo.name);
    await ada.getByRole("button", { name: "Next: Setting" }).click();
    await ada.getByLabel("Assignment starts").waitFor();
    await awake(ada);
    await ada.getByRole("radio", { name: /^Active/ }).check();
    await ada.getByRole("checkbox", { name: /^Permanent/ }).check();
    await ada.getByLabel("Justification").fill("Two of us");
    await ada.getByRole("button", { name: "Assign", exact: true }).click();
    await said(ada, ROLE);
  });

  await test.step("taking away what the other one signs in with has to be confirmed", async () => {
    await ada.goto("/users?q=" + encodeURIComponent(bo.name));
    await ada.getByRole("link", { name: bo.name, exact: true }).click();
    await ada.getByRole("link", { name: "Reset password" }).click();
    await expect(ada.getByRole("main")).toContainText(`${bo.name} is the last other administrator`);
    await expectAccessible(ada);
    await ada.getByRole("button", { name: "Reset password" }).click();
    await expect(ada.getByRole("alert")).toContainText("tick the box");
    expectComplaint(/422/);
    await expectAccessible(ada);
    await ada.getByRole("checkbox", { name: "I know that I may be left as the only administrator" }).check();
    await ada.getByRole("button", { name: "Reset password" }).click();
    await expect(ada.getByRole("main")).toContainText("This password is shown once.");
  });
});
