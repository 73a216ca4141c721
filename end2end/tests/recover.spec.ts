// The way back in: the console prints a code, its person types it, and another administrator says that they know.

import { expect, expectAccessible, test as base, watch } from "../fixtures";
import { enrol, heading, Person, setUp } from "../people";
import { Portal } from "../portal";

// A portal that nobody has touched, for each of these tests.
const test = base.extend<{ fresh: Portal }>({
  fresh: async ({}, use) => {
    const fresh = await Portal.start();
    await use(fresh);
    await fresh.stop();
  },
  baseURL: async ({ fresh }, use) => use(fresh.url),
});

test("somebody is recovered beside the running server", async ({ page, fresh, browser, complaints, expectComplaint, javaScriptEnabled }) => {
  test.setTimeout(90_000);
  await setUp(page, fresh);
  const bob = new Person("bob@northwind.example", "bob", "nine amber herons watch the tide");
  const said = fresh.console("recover", "--user-principal-name", bob.upn);
  const code = /^ +([A-Z2-7-]{19})$/m.exec(said)?.[1];
  expect(code, said).toBeTruthy();

  const context = await browser.newContext({ baseURL: fresh.url, javaScriptEnabled });
  watch(context, complaints);
  const his = await context.newPage();
  await his.goto("/recover");
  await expectAccessible(his);
  const fill = async (typed: string) => {
    await his.getByLabel("User name").fill(bob.upn);
    await his.getByLabel("Code", { exact: true }).fill(typed);
    await his.getByLabel("New password", { exact: true }).fill(bob.password);
    await his.getByLabel("New password once more").fill(bob.password);
    await his.getByRole("button", { name: "Come back in" }).click();
  };
  await fill("ABCD-EFGH-IJKL-MNOP");
  await expect(his.getByRole("alert")).toContainText("This is not the code of this user, or it was used.");
  expectComplaint(/422/);
  await expectAccessible(his);
  await fill(code!.toLowerCase());
  await enrol(his, bob);
  await his.goto("/");
  await expect(his.getByRole("main")).toContainText("no other one has acknowledged it yet");
  await expectAccessible(his);

  // The other administrator goes nowhere before they have read it.
  await page.goto("/users");
  await heading(page, "An administrator was recovered");
  await expect(page.getByRole("main")).toContainText(bob.upn);
  await expectAccessible(page);
  await page.getByRole("button", { name: "I have read this" }).click();
  await heading(page, "Users");
  await his.goto("/");
  await expect(his.getByRole("main")).not.toContainText("no other one has acknowledged it yet");
  await context.close();
});
