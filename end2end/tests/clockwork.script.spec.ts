// A browser whose clock is wrong by hours: what counts down goes by the server's.

import { makeEligible, openPane } from "../deeds";
import { expect, test } from "../fixtures";
import { awake } from "../people";

for (const hours of [-5, 5]) {
  test(`a clock that is ${hours} hours off changes no time on the page`, async ({ browserOf, company }) => {
    const ROLE = hours < 0 ? "License Administrator" : "Search Editor";
    const [ada, tess] = [await browserOf("ada"), await browserOf("tess")];
    await makeEligible(ada, ROLE, company.people.tess.name);
    await tess.addInitScript((off) => {
      const right = Date.now.bind(Date);
      Date.now = () => right() + off * 3_600_000;
    }, hours);
    await openPane(tess, ROLE);
    await awake(tess);
    await tess.getByLabel("Duration", { exact: true }).fill("1");
    const end = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/Berlin", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    const around = [0, 1].map((minutes) => end.format(Date.now() + 3_600_000 - minutes * 60_000));
    await expect(tess.locator("output[for=duration] b")).toHaveText(new RegExp(around.join("|")));
    await tess.getByLabel("Reason").fill("Looking at the clock");
    await tess.getByRole("button", { name: "Activate", exact: true }).click();
    await tess.goto("/my-roles?tab=active");
    await awake(tess);
    await expect(tess.locator("main tbody tr").filter({ hasText: ROLE })).toContainText(/(1 h|59 min|58 min)/);
  });
}
