// Many windows of one browser: it gives a host six connections by HTTP/1.1, and none of them is waited for in vain.

import { makeEligible } from "../deeds";
import { expect, test } from "../fixtures";
import { awake } from "../people";

test.use({ story: "windows" });

test("eight windows are answered, hear of a change, and share one stream", async ({ browserOf, company, portal }) => {
  const [ada, first] = await Promise.all([browserOf("ada"), browserOf("bo")]);
  const windows = [first];
  for (let more = 0; more < 7; more++) windows.push(await first.context().newPage());
  const streams = () => portal.log.filter((line) => line.includes('"path":"/events"') && line.includes("answered")).length;
  const before = streams();
  for (const window of windows) {
    await window.goto("/my-roles");
    await awake(window);
  }
  const bells = windows.map((window) => window.locator(".bell summary"));
  for (const bell of bells) await expect(bell).toHaveAccessibleName(/nothing new/);
  await expect.poll(streams).toBe(before + 1);

  await makeEligible(ada, "Reports Reader", company.people.bo.name);
  for (const bell of bells) await expect(bell).toHaveAccessibleName(/1 new/);

  // The window with which it began is closed: the others still hear.
  await first.close();
  await makeEligible(ada, "Search Editor", company.people.bo.name);
  for (const bell of bells.slice(1)) await expect(bell).toHaveAccessibleName(/2 new/);
});
