import { expect, test } from "../fixtures";

test("a script that is not ours does not run, and the server hears of it", async ({ page, portal, expectReports, expectComplaint }) => {
  expectReports();
  await page.goto("/");
  const before = portal.log.length;
  await page.evaluate(() => {
    const script = document.createElement("div");
    script.innerHTML = `<img src="x" onerror="document.title = 'taken'">`;
    document.body.append(script);
  });
  await expect.poll(() => portal.log.slice(before).some((line) => line.includes("content security policy violated"))).toBe(true);
  await expect(page).not.toHaveTitle("taken");
  expectComplaint(/Content Security Policy/);
  expectComplaint(/404/);
});
