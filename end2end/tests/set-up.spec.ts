// The first minutes of a portal: the code on the console, the first administrator, the sample directory.

import { watch } from "../fixtures";
import { expect, expectAccessible, test as base } from "../fixtures";
import { enrol, firstSignIn, heading, Person, resetPassword, setUp, signIn, verify } from "../people";
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

test("the code makes the first administrator, once", async ({ page, fresh, browser, complaints, expectComplaint, javaScriptEnabled }) => {
  await page.goto("/");
  await heading(page, "This portal is not set up yet");
  await expectAccessible(page);

  // With script the code comes out of the address, and leaves it; without, one types it.
  await page.goto(fresh.setUpLink);
  await expectAccessible(page);
  if (javaScriptEnabled) {
    await expect(page.getByLabel("Set-up code")).toHaveValue(fresh.setUpCode);
    expect(page.url()).toBe(`${fresh.url}/set-up`);
  } else {
    await page.getByLabel("Set-up code").fill(fresh.setUpCode);
  }
  // What was typed stays when something was wrong.
  if (javaScriptEnabled) await expect(page.getByLabel("Time zone")).toHaveValue("Europe/Berlin");
  await page.getByLabel("Name", { exact: true }).fill("Northwind Traders");
  await page.getByLabel("Your name").fill("Ada Okafor");
  await page.getByLabel("User name").fill("ada@northwind.example");
  await page.getByLabel("Password", { exact: true }).fill("short");
  await page.getByLabel("Password once more").fill("short");
  await page.getByRole("button", { name: "Set up the portal" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  expectComplaint(/422/);
  await expect(page.getByLabel("Your name")).toHaveValue("Ada Okafor");
  await expectAccessible(page);

  const ada = await setUp(page, fresh);
  await page.goto("/users");
  await expect(page.locator("main tbody tr")).toHaveCount(1);

  // The code is used up, for everybody.
  const context = await browser.newContext({ baseURL: fresh.url, javaScriptEnabled });
  watch(context, complaints);
  const other = await context.newPage();
  expect((await other.goto(fresh.setUpLink))?.status()).toBe(404);
  expectComplaint(/404/);
  // A name that nobody has and a wrong password sound the same.
  for (const person of [new Person("Ada", "ada", "not her password at all"), new Person("Nobody", "nobody", "not her password at all")]) {
    await signIn(other, person);
    await expect(other.getByRole("alert")).toContainText("The name or the password is wrong.");
    expectComplaint(/422/);
  }
  // Whoever holds power shows their second factor before anything else, and comes out where they were going.
  await signIn(other, ada, "/sign-in?to=/users");
  await expectAccessible(other);
  await verify(other, ada);
  await heading(other, "Users");
  await context.close();
});

test("the sample directory can be tried at once", async ({ page, fresh, browser, complaints, javaScriptEnabled }) => {
  test.setTimeout(90_000);
  await setUp(page, fresh, true);
  await page.goto("/groups");
  await expect(page.getByRole("main")).toContainText("Security compliance");
  const tess = await resetPassword(page, "Tess Ng");
  const context = await browser.newContext({ baseURL: fresh.url, javaScriptEnabled });
  watch(context, complaints);
  const hers = await context.newPage();
  await firstSignIn(hers, tess);
  await hers.goto("/my-roles");
  await expect(hers.getByRole("main")).toContainText("You have no eligible roles");
  await context.close();
});

test("a lost device is replaced with a recovery code, which counts once", async ({ page, fresh, browser, complaints, javaScriptEnabled, expectComplaint }) => {
  test.setTimeout(90_000);
  const ada = await setUp(page, fresh);
  await page.goto("/recovery-codes");
  await page.getByRole("button", { name: "Make new codes" }).click();
  await heading(page, "Your recovery codes");
  await expectAccessible(page);
  const codes = await page.locator("ol.codes code").allInnerTexts();
  const context = await browser.newContext({ baseURL: fresh.url, javaScriptEnabled });
  watch(context, complaints);
  const other = await context.newPage();
  await signIn(other, ada, "/sign-in?to=/second-factor");
  await other.getByRole("link", { name: /recovery code/ }).click();
  await other.getByLabel("Recovery code").fill(codes[0]!);
  await other.getByRole("button", { name: "Verify" }).click();
  // A new device, and with it new codes.
  const anew = await enrol(other, ada);
  expect(anew).not.toContain(codes[0]);
  await other.goto("/verify?to=/security&recovery=true");
  await other.getByLabel("Recovery code").fill(codes[1]!);
  await other.getByRole("button", { name: "Verify" }).click();
  await expect(other.getByRole("alert")).toBeVisible();
  expectComplaint(/422/);
  await context.close();
});
