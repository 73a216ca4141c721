// Looking after people and groups, and after one's own sessions.

import { said } from "../deeds";
import { expect, expectAccessible, test } from "../fixtures";
import { addGroup, addPerson, firstSignIn, heading, signIn } from "../people";

test("a person comes, is edited, disabled and enabled again", async ({ browserOf, expectComplaint }) => {
  test.slow();
  const admin = await browserOf("ada");
  const nora = await addPerson(admin, "Nora Night");

  await admin.goto("/users/add");
  await admin.getByLabel("Name", { exact: true }).fill("Somebody else");
  await admin.getByLabel("User name", { exact: true }).fill(nora.upn.toUpperCase());
  await admin.getByRole("button", { name: "Add the user" }).click();
  expectComplaint(/422/);
  await expect(admin.getByRole("alert")).toContainText("This name is already in use.");
  await expect(admin.getByLabel("Name", { exact: true })).toHaveValue("Somebody else");
  await expectAccessible(admin);

  await admin.goto("/users?q=nora");
  await admin.getByRole("main").getByRole("link", { name: "Nora Night" }).click();
  await heading(admin, "Nora Night");
  const hers = admin.url();
  await admin.getByRole("link", { name: "Edit", exact: true }).click();
  await admin.getByLabel(/^Address for notifications/).fill("desk@northwind.example");
  await admin.getByRole("button", { name: "Save" }).click();
  await said(admin, "Saved.");
  await expect(admin.getByText("desk@northwind.example")).toBeVisible();

  const page = await browserOf();
  await firstSignIn(page, nora);
  await page.goto("/users");
  expectComplaint(/404/);
  await heading(page, "There is no such page");

  await admin.goto(`${hers}/disable`);
  await expect(admin.getByText("They are signed out of 1 session at once")).toBeVisible();
  await expectAccessible(admin);
  await admin.getByRole("button", { name: "Disable" }).click();
  await said(admin, "Nora Night is disabled and signed out everywhere.");
  await page.goto("/security");
  await heading(page, "Sign in");
  await signIn(page, nora);
  expectComplaint(/422/);
  await expect(page.getByRole("alert")).toContainText("The name or the password is wrong.");

  await admin.goto(`${hers}/enable`);
  await admin.getByRole("button", { name: "Enable" }).click();
  await said(admin, "Nora Night can sign in again.");
  await admin.goto(`${hers}/reset-second-factor`);
  await expectAccessible(admin);
  await admin.getByRole("button", { name: "Reset second factor" }).click();
  await expect(admin.getByText("Not set up")).toBeVisible();
});

test("a group gets a member, and loses them", async ({ browserOf, company }) => {
  const admin = await browserOf("ada");
  const group = await addGroup(admin, "Night watch", [company.people.chidi], true);
  await expectAccessible(admin);
  await admin.getByRole("link", { name: `Remove ${company.people.chidi.name}` }).click();
  await expect(admin.getByRole("heading", { name: `Remove ${company.people.chidi.name} from Night watch?` })).toBeVisible();
  await expectAccessible(admin);
  await admin.getByRole("button", { name: "Remove" }).click();
  await expect(admin).toHaveURL(new RegExp(`${group}$`));
  await expect(admin.getByText("Nobody is in this group")).toBeVisible();
});

test("a session that is ended elsewhere is over", async ({ browserOf }) => {
  const admin = await browserOf("ada");
  const nils = await addPerson(admin, "Nils Nord");
  const here = await browserOf();
  await firstSignIn(here, nils);
  const there = await browserOf();
  await signIn(there, nils, "/security");
  await heading(there, "Security");
  await here.goto("/security");
  await here.getByRole("button", { name: /^End the session of/ }).click();
  await said(here, "The session has ended.");
  await there.reload();
  await heading(there, "Sign in");

  await here.getByLabel("Time zone").selectOption("Asia/Tokyo");
  await here.getByRole("button", { name: "Save preferences" }).click();
  await said(here, "Your preferences are saved.");
  await expect(here.locator("main time").first()).toHaveAttribute("title", /Asia\/Tokyo/);
  await expectAccessible(here);
});
