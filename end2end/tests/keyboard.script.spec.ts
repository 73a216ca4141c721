// Everything by keyboard alone, in the parts that only script gives.

import { makeEligible, openPane, openSettings } from "../deeds";
import { APPROVERS, expect, expectAccessible, test } from "../fixtures";
import { awake, heading } from "../people";

test("people are chosen by typing ahead", async ({ browserOf }) => {
  const ada = await browserOf("ada");
  await ada.goto("/assignments/add");
  await awake(ada);
  const picker = ada.getByRole("combobox", { name: "Members" });
  await picker.focus();
  await ada.keyboard.type("lindq");
  await expect(picker).toHaveAttribute("aria-expanded", "true");
  await picker.fill("");
  await ada.keyboard.type("roth");
  const options = ada.getByRole("listbox", { name: "Members" }).getByRole("option");
  await expect(options).toHaveCount(1);
  await expect(options.first()).toContainText("Dana Roth");
  await expectAccessible(ada);
  await ada.keyboard.press("Enter");
  await expect(ada.getByRole("button", { name: "Remove Dana Roth" })).toBeVisible();
  await expect(picker).toBeFocused();

  // Down the list with the arrows, out of it with Escape.
  await ada.keyboard.type("n");
  await expect(options.nth(1)).toBeVisible();
  const first = await picker.getAttribute("aria-activedescendant");
  await ada.keyboard.press("ArrowDown");
  await expect(picker).not.toHaveAttribute("aria-activedescendant", first!);
  await ada.keyboard.press("Escape");
  await expect(picker).toHaveAttribute("aria-expanded", "false");

  // A choice is taken back with its button.
  await ada.getByRole("button", { name: "Remove Dana Roth" }).focus();
  await ada.keyboard.press("Enter");
  await expect(ada.getByRole("button", { name: "Remove Dana Roth" })).toHaveCount(0);
});

test("the slider moves in half hours and stops at the ceiling", async ({ browserOf, company }) => {
  const ROLE = "Reports Reader";
  const [ada, tess] = await Promise.all([browserOf("ada"), browserOf("tess")]);
  await makeEligible(ada, ROLE, company.people.tess.name);
  await openPane(tess, ROLE);
  await awake(tess);
  const slider = tess.getByRole("slider");
  const hours = tess.getByLabel("Duration", { exact: true });
  const ends = tess.locator("output");
  await slider.focus();
  await tess.keyboard.press("ArrowRight");
  await expect(hours).toHaveValue("8");
  const latest = await ends.innerText();
  await tess.keyboard.press("ArrowLeft");
  await expect(hours).toHaveValue("7.5");
  await expect(ends).not.toHaveText(latest);
  await tess.keyboard.press("Home");
  await expect(hours).toHaveValue("0.5");
  // What is typed moves the slider.
  await hours.fill("3");
  await expect(slider).toHaveValue("3");
});

test("what a setting means in people is said while approvers are chosen", async ({ browserOf }) => {
  const ada = await browserOf("ada");
  await openSettings(ada, "Exchange Administrator");
  await ada.getByRole("link", { name: "Edit", exact: true }).click();
  await awake(ada);
  await ada.getByRole("checkbox", { name: /^Require approval to activate/ }).press("Space");
  const picker = ada.getByRole("combobox", { name: "Approvers" });
  await picker.focus();
  await ada.keyboard.type("compliance");
  await expect(ada.getByRole("option", { name: APPROVERS })).toBeVisible();
  await ada.keyboard.press("Enter");
  await expect(ada.getByRole("main")).toContainText("3 people can approve; 2 remain when one of them is the requestor.");
});

test("the search is two keys away, and no key alone does anything", async ({ browserOf }) => {
  const ada = await browserOf("ada");
  await ada.goto("/roles");
  await awake(ada);
  const search = ada.getByRole("banner").getByRole("searchbox");
  await ada.keyboard.press("Control+k");
  await expect(search).toBeFocused();
  await ada.keyboard.type("Security Op");
  await ada.keyboard.press("Enter");
  await expect(ada).toHaveURL(/\/search\?q=Security/);
  await expect(ada.getByRole("main")).toContainText("Security Operator");

  // No key alone does anything: whoever dictates would set it off by speaking.
  await awake(ada);
  await ada.getByRole("heading", { level: 1 }).click();
  for (const key of "/kjad") await ada.keyboard.press(key);
  await expect(search).not.toBeFocused();
});

test("the first stop leads past the navigation", async ({ browserOf }) => {
  const ada = await browserOf("ada");
  await ada.goto("/roles");
  await ada.keyboard.press("Tab");
  const skip = ada.getByRole("link", { name: "Skip to the content" });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await ada.keyboard.press("Enter");
  await ada.keyboard.press("Tab");
  expect(await ada.evaluate(() => document.activeElement?.closest("main") !== null)).toBe(true);
});

test("after a refusal the reader stands at what was wrong, and a link leads to the field", async ({ browserOf, expectComplaint }) => {
  const ada = await browserOf("ada");
  await ada.goto("/groups/add");
  await ada.getByLabel("Name", { exact: true }).fill("Two  spaces");
  await ada.keyboard.press("Enter");
  const summary = ada.getByRole("alert");
  await expect(summary).toBeFocused();
  expectComplaint(/422/);
  await ada.keyboard.press("Tab");
  await ada.keyboard.press("Enter");
  const field = ada.getByLabel("Name", { exact: true });
  await expect(field).toBeFocused();
  await expect(field).toHaveValue("Two  spaces");
  await expect(field).toHaveAccessibleDescription(/two spaces/i);
});

test("menus open and close by keyboard", async ({ browserOf }) => {
  const ada = await browserOf("ada");
  await ada.goto("/");
  await heading(ada, /./);
  await awake(ada);
  const menu = ada.locator(".menu.person summary");
  await menu.focus();
  await ada.keyboard.press("Enter");
  await expect(ada.getByRole("button", { name: "Sign out" })).toBeVisible();
  await ada.keyboard.press("Enter");
  await expect(ada.getByRole("button", { name: "Sign out" })).toBeHidden();
});
