import { expect, expectAccessible, test } from "../fixtures";

test("the first page arrives whole", async ({ page }) => {
  const answer = await page.goto("/");
  expect(answer?.status()).toBe(200);
  expect(answer?.headers()["content-security-policy"]).toContain("default-src 'none'");
  expect(answer?.headers()["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expectAccessible(page);
});

test("the theme is kept from page to page", async ({ page, awake }) => {
  await page.goto("/");
  await awake(page);
  await page.getByRole("button", { name: "Dark" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(page.getByRole("button", { name: "Dark" })).toHaveAttribute("aria-pressed", "true");
  await expectAccessible(page);
});

test("a refused form says why, beside its field", async ({ page, expectComplaint }) => {
  await page.goto("/theme?back=/nowhere");
  // A browser without any choice checked sends none.
  await page.request.post("/theme", { form: { back: "/" }, headers: { "sec-fetch-site": "same-origin" } }).then(async (answer) => {
    expect(answer.status()).toBe(422);
    expect(await answer.text()).toContain('role="alert"');
  });
  await page.getByRole("radio", { name: "Light" }).check();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page).toHaveURL(/\/nowhere$/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("There is no such page");
  await expectAccessible(page);
  expectComplaint(/404/);
});

test("a change from another site is refused", async ({ request }) => {
  const answer = await request.post("/theme", { form: { theme: "dark" }, headers: { "sec-fetch-site": "cross-site" } });
  expect(answer.status()).toBe(403);
  expect(answer.headers()["set-cookie"]).toBeUndefined();
});
