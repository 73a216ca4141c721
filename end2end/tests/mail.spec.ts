// The mails of the journey, as they arrive over real SMTP: who gets which, where their links lead, and what the portal says of it.

import { ask, makeEligible, requireApproval, said } from "../deeds";
import { APPROVERS, expect, expectAccessible, test } from "../fixtures";
import { FROM, type Mail } from "../mailbox";
import { heading } from "../people";

test.use({ story: "mail" });

const ROLE = "Security Operator";
const REASON = "Triaging Defender alert IR-2026-0142 <b>& more</b>";

/** What holds of every mail. */
function expectProper(mail: Mail, portal: string): void {
  expect(mail.encrypted, "encrypted on its way").toBe(true);
  expect(mail.from).toBe(FROM);
  expect(mail.autoSubmitted).toBe("auto-generated");
  expect(mail.messageId).toMatch(/^<[0-9a-f-]{36}@northwind\.example>$/);
  expect(mail.subject).toMatch(/^PIM: /);
  for (const link of mail.links) expect(link.startsWith(portal), `${link} leads into the portal`).toBe(true);
  expect(mail.text, "the same link for those who read text").toContain(mail.links[0]!);
  expect(mail.html).not.toContain("<b>& more");
  expect(mail.html).not.toMatch(/<script|<img|<link|<style/);
}

test("an activation that needs approval, told by mail at every step", async ({ browserOf, company, mailbox, portal }) => {
  test.setTimeout(120_000);
  const { ada: admin, tess: asker, bo: approver, chidi: other } = company.people;
  const box = mailbox!;
  const [ada, tess, bo] = await Promise.all([browserOf("ada"), browserOf("tess"), browserOf("bo")]);
  await requireApproval(ada, ROLE, { approvers: [APPROVERS] });

  await test.step("the assignment is confirmed", async () => {
    await makeEligible(ada, ROLE, asker.name);
    const confirmed = await box.mail(asker.upn, `PIM: You are eligible for the ${ROLE} role`);
    expect(confirmed.links[0]).toBe(`${portal.url}/my-roles`);
    expect(confirmed.text).toMatch(/End: +\d+ \w+ \d{4}, \d{2}:\d{2} CES?T \(Europe\/Berlin\)/);
    const told = await box.mail(admin.upn, `PIM: ${asker.name} was assigned the ${ROLE} role as eligible`);
    expect(told.text).toContain(`Assigned by: ${admin.name}`);
    for (const mail of [confirmed, told]) expectProper(mail, portal.url);
    await tess.goto(confirmed.links[0]!);
    await heading(tess, "My roles");
    await expect(tess.locator("tbody tr", { hasText: ROLE })).toBeVisible();
  });

  const asked = `PIM: Review ${asker.name}'s request to activate the ${ROLE} role`;
  await test.step("approval is asked for, with a link that leads straight there", async () => {
    await ask(tess, ROLE, REASON);
    const mail = await box.mail(approver.upn, asked);
    expectProper(mail, portal.url);
    expect(mail.text).toContain(REASON);
    expect(mail.html).toContain("Approve or deny request");
    expect(mail.inReplyTo).toMatch(/^<request-/);
    await box.mail(other.upn, asked);
    await bo.goto(mail.links[0]!);
    await expect(bo.getByRole("main")).toContainText(REASON);
    await bo.getByLabel("Justification").fill("The alert is real");
    await bo.getByRole("button", { name: "Approve" }).click();
    await said(bo, /approved/);
  });

  await test.step("the decision and the activation are told, each to whom they concern", async () => {
    const approved = await box.mail(asker.upn, `PIM: Your request to activate the ${ROLE} role was approved`);
    expect(approved.text).toContain("The alert is real");
    const active = await box.mail(asker.upn, `PIM: The ${ROLE} role is active`);
    expect(active.text).toContain(`Approved by:   ${approver.name}`);
    const told = await box.mail(other.upn, `PIM: ${asker.name}'s request to activate the ${ROLE} role was approved`);
    const alert = await box.mail(admin.upn, `PIM: ${asker.name} activated the ${ROLE} role assignment`);
    for (const mail of [approved, active, told, alert]) expectProper(mail, portal.url);
    // The mails of one request stand together, and each is a message of its own.
    const thread = (await box.mail(approver.upn, asked)).inReplyTo!;
    for (const mail of [approved, active, told, alert]) {
      expect(mail.inReplyTo).toBe(thread);
      expect(mail.references).toEqual([thread]);
    }
    expect(box.mails.filter((mail) => mail.to === approver.upn && mail.subject.includes("approved")), "not to whoever decided").toEqual([]);
    expect(new Set(box.mails.map((mail) => mail.messageId)).size).toBe(box.mails.length);
    await tess.goto(active.links[0]!);
    await expect(tess.locator("tbody tr", { hasText: ROLE })).toContainText("Activated");
  });

  await test.step("the portal says what became of each mail", async () => {
    await ada.goto("/");
    await expect(ada.getByRole("main")).not.toContainText("No mail leaves this portal");
    await ada.getByRole("link", { name: "Mail", exact: true }).click();
    await heading(ada, "Mail");
    await expectAccessible(ada);
    const search = ada.getByRole("searchbox", { name: /^Search mails/ });
    await search.fill(approver.name);
    await search.press("Enter");
    const row = ada.locator("tbody tr", { hasText: "Approval requested" });
    await expect(row).toContainText("Sent");
    await row.getByRole("link").click();
    await heading(ada, "Approval requested");
    await expect(ada.getByRole("main")).toContainText(REASON);
    await expect(ada.getByRole("main")).toContainText("250");
    await expectAccessible(ada);
    const before = box.mails.filter((mail) => mail.subject === asked && mail.to === approver.upn);
    await ada.getByRole("button", { name: "Send again" }).click();
    await said(ada, "The mail is queued again.");
    const again = () => box.mails.filter((mail) => mail.subject === asked && mail.to === approver.upn);
    await expect.poll(() => again().length).toBe(2);
    expect(again()[1]!.messageId, "the same message").toBe(before[0]!.messageId);
    await ada.reload();
    await expect(ada.getByRole("main")).toContainText("Sent");
    // The HTML is shown where nothing runs, the tests' own scripts neither.
    const html = await ada.request.get((await ada.getByRole("link", { name: "Open as HTML" }).getAttribute("href"))!);
    expect(html.headers()["content-security-policy"]).toContain("sandbox");
    expect(await html.text()).toContain("Approve or deny request");
  });

  await test.step("a test mail arrives, and its answer is shown", async () => {
    await ada.goto("/mail");
    await ada.getByRole("button", { name: "Send a test mail to me" }).click();
    await said(ada, "The mail server took the test mail: 250");
    await heading(ada, "Test mail");
    expectProper(await box.mail(admin.upn, "PIM: This is a test mail"), portal.url);
  });
});
