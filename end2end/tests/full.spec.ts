// A portal in use has names, dates and actions of every length side by side: every list of it fits every screen.

import { expect, test } from "../fixtures";
import { awake, signInToDemo } from "../people";

test.use({ story: "demo" });

const WIDTHS = [1440, 1280, 1024, 768, 390];

test("no list of a portal in use is wider than the screen", async ({ page, portal }) => {
  test.setTimeout(180_000);
  await signInToDemo(page, portal, "ada", "/");
  const tabs = ["eligible", "active", "ending", "expired"].map((tab) => `/assignments?tab=${tab}`);
  const lists = ["/", ...tabs, "/roles", "/settings", "/users", "/groups", "/mail", "/requests", "/approve-requests", "/approve-requests?tab=decided"];
  const more = ["/resource-audit", "/my-audit", "/my-roles?tab=active", "/my-requests", "/notifications", "/health"];
  for (const path of [...lists, ...more]) {
    await page.goto(path);
    await awake(page);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect.soft(wider, `${path} at ${width}: pixels that stand over the edge`).toBeLessThanOrEqual(0);
    }
  }
});
