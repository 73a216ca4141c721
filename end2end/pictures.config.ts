import { defineConfig } from "@playwright/test";
import usual from "./playwright.config";

// The pictures of the README, taken of the demo: `make pictures`.
export default defineConfig({
  ...usual,
  testDir: "./pictures",
  workers: 1,
  projects: [{ name: "pictures", use: { javaScriptEnabled: true } }],
});
