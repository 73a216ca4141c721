// Text that wants to be more than text, forms sent twice, ids of others, forms of other sites.

import { readFileSync } from "node:fs";
import type { APIRequestContext, Page } from "@playwright/test";
import { ask, makeEligible, openPane, requireApproval } from "../deeds";
import { APPROVERS, expect, expectAccessible, test } from "../fixtures";
import { heading } from "../people";

test.use({ story: "hostile" });

/** Markup that would leave a mark wherever it is taken for markup. */
const MARKUP = `"'></textarea></title></option><b class="taken">x</b><img src=/favicon.svg class="taken">`;
const SCRIPT = `</textarea><script class="taken">document.title='taken'</script>`;
/** What a spreadsheet would calculate. */
const FORMULA = `=HYPERLINK("http://evil.example","x")`;
/** Written from right to left, so that it reads as something else. */
const TURNED = "gnp\u202Eexe.report";
const SAME_SITE = { "sec-fetch-site": "same-origin" };

async function expectInert(page: Page): Promise<void> {
  await expect(page.locator(".taken")).toHaveCount(0);
  await expect(page).not.toHaveTitle("taken");
}

test("markup in a name is a name everywhere", async ({ browserOf, company }) => {
  const ada = await browserOf("ada");
  const name = `Mallory ${MARKUP.slice(0, 100)}`;
  await ada.goto("/users/add");
  await ada.getByLabel("Name", { exact: true }).fill(name);
  await ada.getByLabel("User name", { exact: true }).fill("mallory@northwind.example");
  await ada.getByRole("button", { name: "Add the user" }).click();
  await heading(ada, `Password for ${name}`);
  await expectInert(ada);
  for (const path of ["/users", "/users?q=Mallory", "/resource-audit", "/search?q=Mallory"]) {
    await ada.goto(path);
    await expect(ada.getByRole("main")).toContainText(name);
    await expectInert(ada);
  }
  await ada.goto("/users?q=Mallory");
  await ada.getByRole("link", { name }).click();
  await heading(ada, name);
  await expectInert(ada);
  await ada.getByRole("link", { name: "Edit" }).click();
  await expect(ada.getByLabel("Name", { exact: true })).toHaveValue(name);
  await expectInert(ada);
  await makeEligible(ada, "Directory Readers", name);
  await expect(ada.getByRole("main")).toContainText(name);
  await expectInert(ada);
  expect(company.people.ada.name).toBe("Ada Okafor");
});

test("markup in a reason is shown as it was typed, also when the form comes back", async ({ browserOf, company, expectComplaint }) => {
  test.setTimeout(90_000);
  const ROLE = "Password Administrator";
  const [ada, tess, chidi] = await Promise.all([browserOf("ada"), browserOf("tess"), browserOf("chidi")]);
  await requireApproval(ada, ROLE, { approvers: [APPROVERS] });
  await makeEligible(ada, ROLE, company.people.tess.name);
  const reason = `${SCRIPT} ${MARKUP} &amp; <!-- `;
  await openPane(tess, ROLE);
  await tess.getByLabel("Duration", { exact: true }).fill("23.5");
  await tess.getByLabel("Reason").fill(reason);
  await tess.getByRole("button", { name: "Request activation" }).click();
  await expect(tess.getByRole("alert")).toContainText("This role can be active for at most 8 hours.");
  expectComplaint(/422/);
  await expect(tess.getByLabel("Reason")).toHaveValue(reason);
  await expectInert(tess);
  await tess.getByLabel("Duration", { exact: true }).fill("1");
  await tess.getByRole("button", { name: "Request activation" }).click();
  await heading(tess, `${ROLE} is requested`);
  for (const [page, path] of [[tess, "/my-requests"], [chidi, "/approve-requests"], [ada, "/requests"], [ada, "/resource-audit"], [tess, "/my-audit"]] as const) {
    await page.goto(path);
    await expect(page.getByRole("main")).toContainText(`</textarea><script class="taken">`);
    await expectInert(page);
  }
  await chidi.goto("/approve-requests");
  await chidi.getByRole("link", { name: company.people.tess.name }).first().click();
  await expect(chidi.getByRole("main")).toContainText(MARKUP);
  await chidi.getByLabel("Justification").fill(reason);
  await chidi.getByRole("button", { name: "Deny" }).click();
  await chidi.goto("/approve-requests?tab=decided");
  await expect(chidi.getByRole("main")).toContainText(MARKUP);
  await expectInert(chidi);
  await expectAccessible(chidi);
});

test("characters that cannot be seen are refused, and what was typed stays", async ({ browserOf, expectComplaint }) => {
  const ada = await browserOf("ada");
  for (const [path, field, button] of [
    ["/users/add", "Name", "Add the user"],
    ["/groups/add", "Name", "Add the group"],
  ] as const) {
    await ada.goto(path);
    await ada.getByLabel("Name", { exact: true }).fill(TURNED);
    if (path === "/users/add") await ada.getByLabel("User name", { exact: true }).fill("turned@northwind.example");
    await ada.getByRole("button", { name: button }).click();
    await expect(ada.getByRole("alert")).toContainText("cannot be seen");
    expectComplaint(/422/);
    await expect(ada.getByLabel(field, { exact: true })).toHaveValue(TURNED);
  }
  // A name that only looks like a name that is taken.
  await ada.goto("/users/add");
  await ada.getByLabel("Name", { exact: true }).fill("Ada Okafor");
  await ada.getByLabel("User name", { exact: true }).fill("\uFF41da@northwind.example");
  await ada.getByRole("button", { name: "Add the user" }).click();
  await expect(ada.getByRole("alert")).toBeVisible();
  expectComplaint(/422/);
});

test("markup in a search and in an address stays text", async ({ browserOf }) => {
  const ada = await browserOf("ada");
  const typed = encodeURIComponent(`${SCRIPT}${MARKUP}`);
  for (const path of ["/search", "/users", "/groups", "/roles", "/assignments", "/settings", "/resource-audit", "/my-roles"]) {
    await ada.goto(`${path}?q=${typed}`);
    await expect(ada.getByRole("heading", { level: 1 })).toBeVisible();
    await expectInert(ada);
  }
  for (const query of ["after=%00", "tab=%3Cscript%3E", "after=0|0", "q=%F0%9F", "span=custom&from=yesterday&to=%3C"]) {
    for (const path of ["/users", "/roles", "/assignments", "/my-roles", "/my-requests", "/approve-requests", "/resource-audit", "/my-audit", "/notifications"]) {
      const answer = await ada.request.get(`${path}?${query}`);
      expect([200, 400, 404, 422], `${path}?${query}`).toContain(answer.status());
    }
  }
});

test("formulas in an export are text", async ({ browserOf }) => {
  const ada = await browserOf("ada");
  await ada.goto("/groups/add");
  await ada.getByLabel("Name", { exact: true }).fill(FORMULA);
  await ada.getByRole("radio", { name: /^It can hold roles/ }).check();
  await ada.getByRole("button", { name: "Add the group" }).click();
  await heading(ada, FORMULA);
  await makeEligible(ada, "Global Reader", FORMULA);
  for (const [path, link] of [["/assignments?tab=eligible", "Export CSV"], ["/resource-audit", "Export CSV"]] as const) {
    await ada.goto(path);
    const arriving = ada.waitForEvent("download");
    await ada.getByRole("link", { name: link }).or(ada.getByRole("button", { name: link })).click();
    const csv = readFileSync(await (await arriving).path(), "utf8");
    expect(csv, path).toContain(`"'=HYPERLINK(""http://evil.example"",""x"")"`);
    expect(csv, path).not.toMatch(/(^|,)"?[=+@]/m);
  }
});

test("a form that is sent twice counts once", async ({ browserOf, company }) => {
  const ROLE = "Groups Administrator";
  const [ada, tess] = await Promise.all([browserOf("ada"), browserOf("tess")]);
  await requireApproval(ada, ROLE, { approvers: [APPROVERS] });
  await makeEligible(ada, ROLE, company.people.tess.name);
  await openPane(tess, ROLE);
  const form = { duration: "1", justification: "Twice" };
  const send = () => tess.request.post(tess.url(), { form, headers: SAME_SITE, maxRedirects: 0 });
  const answers = await Promise.all([send(), send(), send(), send()]);
  expect(answers.map((answer) => answer.status()).sort()).toEqual([303, 409, 409, 409]);
  await tess.goto("/my-requests");
  await expect(tess.locator("main tbody tr").filter({ hasText: ROLE })).toHaveCount(1);
});

test("what belongs to others is not there", async ({ browserOf, company, playwright, portal }) => {
  const ROLE = "License Administrator";
  const [ada, tess, chidi] = await Promise.all([browserOf("ada"), browserOf("tess"), browserOf("chidi")]);
  await requireApproval(ada, ROLE, { approvers: [company.people.bo.name, company.people.ada.name] });
  await makeEligible(ada, ROLE, company.people.tess.name);
  await openPane(tess, ROLE);
  const pane = new URL(tess.url());
  await ask(tess, ROLE, "Counting licences");
  await tess.goto("/my-requests");
  const mine = (await tess.getByRole("link", { name: ROLE, exact: true }).first().getAttribute("href"))!;
  const request = mine.split("/").at(-1)!;
  await ada.goto("/users?q=Tess");
  const user = (await ada.getByRole("link", { name: company.people.tess.name }).getAttribute("href"))!;
  await ada.goto("/roles?q=" + encodeURIComponent(ROLE));
  const role = (await ada.getByRole("link", { name: ROLE, exact: true }).getAttribute("href"))!;

  const nobody = "01890000-0000-7000-8000-000000000000";
  const paths = [
    mine, `${mine}/cancel`, pane.pathname + pane.search, `/approve-requests/${request}`, `/timeline/${request}`, user, `${user}/edit`, role,
    `${role.replace("/roles", "/settings")}/edit`, "/users", "/users/add", "/groups", "/groups/add", "/roles", "/assignments", "/assignments/add",
    "/assignments.csv", "/roles.csv", "/settings", "/requests", "/resource-audit", "/resource-audit/1", "/resource-audit.csv", "/resource-audit.json",
    `/my-requests/${nobody}`, `/users/${nobody}`, "/my-requests/x", "/my-roles/x/deactivate", "/notifications/x",
  ];
  for (const path of paths) {
    expect((await chidi.request.get(path)).status(), path).toBe(404);
  }
  for (const path of [mine + "/cancel", pane.pathname + pane.search, `${user}/disable`, "/users/add", "/groups/add", "/assignments/add"]) {
    const answer = await chidi.request.post(path, { form: { duration: "1", justification: "Mine now", go: "next" }, headers: SAME_SITE });
    expect([403, 404], path).toContain(answer.status());
  }
  // Nobody at all is sent to the door, and can read nothing on the way.
  const stranger: APIRequestContext = await playwright.request.newContext({ baseURL: portal.url });
  for (const path of paths.filter((path) => !path.endsWith("/x"))) {
    const answer = await stranger.get(path, { maxRedirects: 0 });
    expect(answer.status(), path).toBe(303);
    expect(answer.headers()["location"], path).toMatch(/^\/sign-in\?to=/);
  }
  await stranger.dispose();
  await tess.goto("/my-requests");
  await expect(tess.locator("main tbody tr").filter({ hasText: ROLE })).toContainText("Pending approval");
});

test("a form of another site changes nothing", async ({ browserOf }) => {
  const ada = await browserOf("ada");
  const form = { display_name: "Planted", role_assignable: "yes", description: "" };
  for (const headers of [
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { origin: "https://evil.example" },
    { origin: "null" },
  ] as Record<string, string>[]) {
    const answer = await ada.request.post("/groups/add", { form, headers, maxRedirects: 0 });
    expect(answer.status(), JSON.stringify(headers)).toBe(403);
  }
  await ada.goto("/groups?q=Planted");
  await expect(ada.getByRole("main")).not.toContainText("Planted ");
  await expect(ada.locator("main tbody tr")).toHaveCount(0);
});

test("forms that no page sends are refused in words", async ({ browserOf }) => {
  const ada = await browserOf("ada");
  const post = (data: string, type = "application/x-www-form-urlencoded") =>
    ada.request.post("/groups/add", { data, headers: { ...SAME_SITE, "content-type": type }, maxRedirects: 0 });
  expect((await post("display_name=a&display_name=b&role_assignable=no")).status()).toBe(400);
  expect((await post("role_assignable=no")).status()).toBe(422);
  expect((await post("display_name=a&role_assignable=maybe")).status()).toBe(422);
  expect((await post(`display_name=${"a".repeat(121)}&role_assignable=no`)).status()).toBe(422);
  expect((await post(`display_name=${"a".repeat(100_000)}&role_assignable=no`)).status()).toBe(413);
  expect((await post(`{"display_name":"a"}`, "application/json")).status()).toBe(415);
  expect((await post("display_name=%FF%FE&role_assignable=no")).status()).toBeLessThan(500);
});
