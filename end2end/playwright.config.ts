import { defineConfig } from "@playwright/test";

// Every journey is walked twice: as most people do, and with script switched off. What needs script by its nature says so
// in its file's name.
export default defineConfig({
  testDir: "./tests",
  outputDir: "./test-results",
  forbidOnly: !!process.env.CI,
  fullyParallel: true,
  workers: 2,
  // On a busy machine a step can take longer than anybody waits; the report names what needed a second try.
  retries: 1,
  timeout: 90_000,
  expect: { timeout: 5_000 },
  reporter: [["list"]],
  use: {
    actionTimeout: 10_000,
    navigationTimeout: 15_000,
    // A page that is still fading in has the colours of neither page.
    contextOptions: { reducedMotion: "reduce" },
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    screenshot: "only-on-failure",
    // A recording of every test would cost a quarter of the time.
    trace: "on-first-retry",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
  projects: [
    { name: "script", use: { javaScriptEnabled: true } },
    { name: "no-script", use: { javaScriptEnabled: false }, testIgnore: /\.script\.spec\.ts$/ },
  ],
});
