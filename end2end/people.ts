// The people of the tests, and what they do at the door: setting the portal up, coming in, showing a second factor.
// Everything goes through the pages, as a person would.

import { createHmac } from "node:crypto";
import { expect, type Page } from "@playwright/test";
import type { Portal } from "./portal";

const STEP_SECONDS = 30;
const DOMAIN = "northwind.example";

/** What shows the codes: a device with the secret. The portal takes each code once, and those of one step around now. */
export class Authenticator {
  private last = 0;

  constructor(private readonly secret: string) {}

  /** The next code that counts. Waits for it when those of this moment are used up. */
  async code(): Promise<string> {
    const current = () => Math.floor(Date.now() / 1000 / STEP_SECONDS);
    // The one before now, unless it is about to be too old.
    const earliest = (Date.now() / 1000) % STEP_SECONDS > STEP_SECONDS - 3 ? current() : current() - 1;
    const step = Math.max(this.last + 1, earliest);
    while (step > current() + 1) await new Promise((done) => setTimeout(done, 250));
    this.last = step;
    return totp(this.secret, step);
  }
}

/** RFC 6238 with its usual values: SHA-1, six digits. */
function totp(secret: string, step: number): string {
  const bits = [...secret.replaceAll(/[\s=]/g, "")].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const hash = createHmac("sha1", key).update(counter).digest();
  const offset = hash[hash.length - 1]! & 0xf;
  return String((hash.readUInt32BE(offset) & 0x7fff_ffff) % 1_000_000).padStart(6, "0");
}

/** Somebody with an account. */
export class Person {
  private authenticator: Authenticator | undefined;

  constructor(
    readonly name: string,
    readonly login: string,
    public password: string,
  ) {}

  get upn(): string {
    return `${this.login}@${DOMAIN}`;
  }

  /** Hands them the device with this secret. */
  carries(secret: string): void {
    this.authenticator = new Authenticator(secret);
  }

  async code(): Promise<string> {
    if (!this.authenticator) throw new Error(`${this.name} has no second factor`);
    return this.authenticator.code();
  }
}

// A device shows each code once, whichever test of the same demo looks at it.
const casts = new WeakMap<Portal, Map<string, Person>>();

/** Signs one of the demo's cast in with both factors, as its console says how, and goes to that page. */
export async function signInToDemo(page: Page, portal: Portal, login: string, to: string): Promise<Person> {
  const lines = portal.log.join("\n");
  const password = /Everybody's password:\s+(.+)/.exec(lines)?.[1]?.trim();
  const row = new RegExp(`^ *(.+?) {2,}${login}@northwind\\.example +([A-Z2-7]{32})`, "m").exec(lines);
  if (!password || !row) throw new Error(`The demo says nothing about ${login}:\n${lines}`);
  const cast = casts.get(portal) ?? new Map<string, Person>();
  casts.set(portal, cast);
  const person = cast.get(login) ?? new Person(row[1]!, login, password);
  if (!cast.has(login)) person.carries(row[2]!);
  cast.set(login, person);
  await signIn(page, person, `${portal.url}/sign-in?to=${encodeURIComponent(to)}`);
  await expect(page).not.toHaveURL(/sign-in/);
  if (!page.url().includes("/verify")) await page.goto(`${portal.url}/verify?to=${encodeURIComponent(to)}`);
  await verify(page, person);
  await expect(page).not.toHaveURL(/verify/);
  return person;
}

/** Opens the set-up page, types the code, names the organisation, and leaves its first administrator signed in and verified. */
export async function setUp(page: Page, portal: Portal, withSample = false): Promise<Person> {
  const ada = new Person("Ada Okafor", "ada", "seven violet otters cross the bridge");
  await page.goto(`${portal.url}/set-up`);
  await page.getByLabel("Set-up code").fill(portal.setUpCode);
  await page.getByLabel("Name", { exact: true }).fill("Northwind Traders");
  await page.getByLabel("Time zone").selectOption("Europe/Berlin");
  await page.getByLabel("Your name").fill(ada.name);
  await page.getByLabel("User name").fill(ada.upn);
  await page.getByLabel("Password", { exact: true }).fill(ada.password);
  await page.getByLabel("Password once more").fill(ada.password);
  if (withSample) await page.getByRole("checkbox", { name: /^Load the sample directory/ }).check();
  await page.getByRole("button", { name: "Set up the portal" }).click();
  await enrol(page, ada);
  return ada;
}

/** Sets the second factor up, on the page that asks for it, and keeps the recovery codes. */
export async function enrol(page: Page, person: Person): Promise<string[]> {
  await heading(page, "Set up your second factor");
  person.carries(await page.locator("main code").first().innerText());
  await page.getByLabel("Code", { exact: true }).fill(await person.code());
  await page.getByRole("button", { name: "Confirm" }).click();
  await heading(page, "Your recovery codes");
  const codes = await page.locator("ol.codes code").allInnerTexts();
  await page.getByRole("link", { name: "I have kept them" }).click();
  return codes;
}

/** Adds a person, who gets a password for one sign-in. */
export async function addPerson(admin: Page, name: string): Promise<Person> {
  const login = name.split(" ")[0]!.toLowerCase();
  const person = new Person(name, login, "");
  await admin.goto("/users/add");
  await admin.getByLabel("Name", { exact: true }).fill(name);
  await admin.getByLabel("User name", { exact: true }).fill(person.upn);
  await admin.getByRole("button", { name: "Add the user" }).click();
  await heading(admin, `Password for ${name}`);
  person.password = await admin.locator("main code.keep").innerText();
  return person;
}

/** Gives somebody who is there already a password for one sign-in. */
export async function resetPassword(admin: Page, name: string): Promise<Person> {
  await admin.goto(`/users?q=${encodeURIComponent(name)}`);
  await admin.getByRole("link", { name, exact: true }).click();
  await admin.getByRole("link", { name: "Reset password" }).click();
  await admin.getByRole("main").getByRole("button", { name: /^(Reset|Make)/ }).click();
  await heading(admin, `Password for ${name}`);
  return new Person(name, name.split(" ")[0]!.toLowerCase(), await admin.locator("main code.keep").innerText());
}

/** Adds a group with these members; tells its address. */
export async function addGroup(admin: Page, name: string, members: Person[], roles = false): Promise<string> {
  await admin.goto("/groups/add");
  await admin.getByLabel("Name", { exact: true }).fill(name);
  if (roles) await admin.getByRole("radio", { name: /^It can hold roles/ }).check();
  await admin.getByRole("button", { name: "Add the group" }).click();
  await heading(admin, name);
  const group = new URL(admin.url()).pathname;
  await admin.goto(`${group}/members`);
  for (const member of members) await pick(admin, "People", member.name);
  await admin.getByRole("button", { name: "Add to the group" }).click();
  await heading(admin, name);
  for (const member of members) await expect(admin.locator("main table")).toContainText(member.name);
  return group;
}

/** Signs in with the password alone. */
export async function signIn(page: Page, person: Person, to = "/sign-in"): Promise<void> {
  await page.goto(to);
  await page.getByLabel("User name").fill(person.upn);
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** The first time: the password is replaced by one of their own, and a second factor set up. */
export async function firstSignIn(page: Page, person: Person): Promise<void> {
  await signIn(page, person);
  await heading(page, "Change your password");
  const own = `${person.login.length} quiet herons on the roof`;
  await page.getByLabel("Current password").fill(person.password);
  await page.getByLabel("New password", { exact: true }).fill(own);
  await page.getByLabel("New password once more").fill(own);
  await page.getByRole("button", { name: "Change password" }).click();
  person.password = own;
  await expect(page).not.toHaveURL(/change-password/);
  await page.goto("/second-factor");
  await enrol(page, person);
}

/** Shows the second factor, on the page that asks for it. */
export async function verify(page: Page, person: Person): Promise<void> {
  await heading(page, "Verify that it is you");
  await page.getByLabel("Code", { exact: true }).fill(await person.code());
  await page.getByRole("button", { name: "Verify" }).click();
}

/** Waits for the page with this heading. */
export async function heading(page: Page, text: string | RegExp): Promise<void> {
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(text);
}

/** True when the page's own scripts run. */
export function isScripted(page: Page): Promise<boolean> {
  return page.evaluate(() => matchMedia("(scripting: enabled)").matches);
}

/** Waits until the islands of the page are awake; without script there is nothing to wait for. */
export async function awake(page: Page): Promise<void> {
  if ((await isScripted(page)) && (await page.locator("leptos-island").count())) await page.locator("html[data-awake]").waitFor();
}

/** Chooses somebody in a picker: by typing ahead, or by its search where script is off. */
export async function pick(page: Page, label: string, name: string): Promise<void> {
  await awake(page);
  const field = page.getByLabel(label, { exact: true });
  await field.fill(name);
  if (await isScripted(page)) {
    await page.getByRole("listbox", { name: label }).getByRole("option", { name }).first().click();
  } else {
    await page.getByRole("button", { name: "Find" }).click();
    await page.getByRole("group", { name: `${label}: found` }).getByRole("checkbox", { name }).check();
  }
}
