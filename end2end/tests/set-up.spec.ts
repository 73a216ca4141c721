// The first hour of a portal: one link, an organisation, an administrator, a second factor, recovery codes.

import type { Page } from "@playwright/test";
import { expect, expectAccessible, test } from "../fixtures";
import { awake, heading, Person, signIn, verify } from "../people";
import { Portal } from "../portal";

const PASSWORD = "seven violet otters cross the bridge";

test("a new portal is set up once, through its link", async ({ page, expectComplaint, timezoneId }) => {
  test.slow();
  const portal = await Portal.start();
  try {
    await page.goto(`${portal.url}/sign-in`);
    await heading(page, "This portal is not set up yet");

    await page.goto(portal.setUpLink);
    await awake(page);
    const zone = (await page.locator("html[data-awake]").count()) ? timezoneId! : "UTC";
    await expect(page.getByLabel("Time zone")).toHaveValue(zone);
    await page.getByLabel("Name", { exact: true }).fill("Northwind Traders");
    await page.getByLabel("Your name").fill("Ada Okafor");
    await page.getByLabel("User name").fill("ada@northwind.example");
    await choosePassword(page, "short");
    await expectAccessible(page);
    await page.getByRole("button", { name: "Set up the portal" }).click();
    expectComplaint(/422/);
    await expect(page.getByRole("alert")).toContainText("A password needs at least 12 characters.");
    await expect(page.getByLabel("Name", { exact: true })).toHaveValue("Northwind Traders");
    await expect(page.getByLabel("Your name")).toHaveValue("Ada Okafor");
    await expect(page.getByLabel("Time zone")).toHaveValue(zone);
    await expect(page.getByLabel("Password", { exact: true })).toHaveValue("");
    await choosePassword(page, PASSWORD);
    await page.getByRole("checkbox", { name: /^Load the sample directory/ }).check();
    await page.getByRole("button", { name: "Set up the portal" }).click();

    await heading(page, "Set up your second factor");
    await expect(page.getByRole("img", { name: /QR code/ })).toBeVisible();
    await expectAccessible(page);
    const ada = new Person("Ada Okafor", "ada", PASSWORD);
    const secret = await page.locator("figcaption code").innerText();
    ada.carries(secret);
    await page.getByLabel("Code", { exact: true }).fill("000000");
    await page.getByRole("button", { name: "Confirm" }).click();
    expectComplaint(/422/);
    await expect(page.getByRole("alert")).toContainText("This code is wrong");
    await expect(page.locator("figcaption code"), "the device does not have to be set up again").toHaveText(secret);
    await page.getByLabel("Code", { exact: true }).fill(await ada.code());
    await page.getByRole("button", { name: "Confirm" }).click();

    await heading(page, "Your recovery codes");
    await expect(page.locator("ol.codes li")).toHaveCount(10);
    await expectAccessible(page);
    const codes = await page.locator("ol.codes code").allInnerTexts();
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download" }).click();
    expect((await download).suggestedFilename()).toBe("ostiary-recovery-codes.txt");
    await page.getByRole("link", { name: "I have kept them" }).click();

    // The portal is theirs: the sample directory is there, and the way back in works.
    await page.goto(`${portal.url}/groups`);
    await expect(page.locator("tbody tr")).toHaveCount(4);
    await page.goto(`${portal.url}/sign-out`);
    await page.getByRole("main").getByRole("button", { name: "Sign out" }).click();
    await expect(page.getByText("You are signed out.")).toBeVisible();
    await expectAccessible(page);
    await signIn(page, ada, `${portal.url}/users?q=ada`);
    await verify(page, ada);
    await expect(page).toHaveURL(`${portal.url}/users?q=ada`);

    await page.goto(`${portal.url}/verify?to=/security`);
    await page.getByRole("link", { name: /recovery code/ }).click();
    await page.getByLabel("Recovery code", { exact: true }).fill(codes[0]!.toLowerCase());
    await expectAccessible(page);
    await page.getByRole("button", { name: "Verify" }).click();
    await expect(page.locator(".toast")).toContainText("You have 9 recovery codes left.");

    await page.goto(portal.setUpLink);
    expectComplaint(/404/);
    await expect(page.getByText("This set-up link was used, or never existed.")).toBeVisible();
  } finally {
    await portal.stop();
  }
});

async function choosePassword(page: Page, password: string): Promise<void> {
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByLabel("Password once more").fill(password);
}
