// Makes target/site: the stylesheet, the browser's code and the pictures, under names that change with their content,
// each with a brotli copy beside it. The server embeds that folder.
//
//   node build/site.mjs --wasm FILE --bindgen PROGRAM --out FOLDER [--quick]
//
// --quick leaves out wasm-opt and the strongest compression; for work on islands.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { brotliCompressSync, constants } from "node:zlib";
import { transformSync } from "esbuild";
import { bundle } from "lightningcss";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "..");
const { values: asked } = parseArgs({
  options: { wasm: { type: "string" }, bindgen: { type: "string" }, out: { type: "string" }, quick: { type: "boolean" } },
});
for (const name of ["wasm", "bindgen", "out"]) {
  if (!asked[name]) fail(`--${name} is missing`);
}

const work = mkdtempSync(join(tmpdir(), "ostiary-site-"));
const files = new Map(); // plain name -> content
const names = {}; // plain name -> hashed name

try {
  files.set("ostiary.css", stylesheet());
  for (const name of readdirSync(join(root, "public"))) files.set(name, readFileSync(join(root, "public", name)));
  const { script, wasm } = browserCode();
  files.set("ostiary.js", script);
  files.set("ostiary.wasm", wasm);
  for (const [name, content] of files) names[name] = hashed(name, content);
  files.set("live.js", minified(readFileSync(join(here, "live.js"), "utf8")));
  names["live.js"] = hashed("live.js", files.get("live.js"));
  // The boot script says where the code is, so its own name changes with the code's.
  const boot = readFileSync(join(here, "boot.js"), "utf8")
    .replace("__SCRIPT__", `/pkg/${names["ostiary.js"]}`)
    .replace("__WASM__", `/pkg/${names["ostiary.wasm"]}`)
    .replace("__LIVE__", `/pkg/${names["live.js"]}`);
  files.set("boot.js", minified(boot));
  names["boot.js"] = hashed("boot.js", files.get("boot.js"));
  write();
} finally {
  rmSync(work, { recursive: true, force: true });
}

function stylesheet() {
  const { code, warnings } = bundle({
    filename: join(root, "style", "main.css"),
    minify: true,
    // Custom properties, nesting, layers and light-dark() stay as they are written.
    targets: { chrome: 123 << 16, firefox: 121 << 16, safari: (17 << 16) | (5 << 8) },
  });
  if (warnings.length) fail(`the stylesheet: ${warnings.map((warning) => warning.message).join("; ")}`);
  return Buffer.from(code);
}

function browserCode() {
  run(asked.bindgen, [asked.wasm, work]);
  const built = join(work, "ostiary_bg.wasm");
  if (!asked.quick) {
    const optimizer = createRequire(import.meta.url).resolve("binaryen/package.json");
    // Never --all-features: it writes imports that browsers refuse.
    run(process.execPath, [join(dirname(optimizer), "bin", "wasm-opt"), "-Oz", "--gufa", "-Oz", "--enable-bulk-memory",
      "--enable-nontrapping-float-to-int", "--enable-sign-ext", "--enable-mutable-globals", "--enable-reference-types",
      "--enable-multivalue", built, "-o", built]);
  }
  return { script: minified(readFileSync(join(work, "ostiary.js"))), wasm: readFileSync(built) };
}

function minified(script) {
  return Buffer.from(transformSync(script, { loader: "js", format: "esm", minify: true, target: "es2022" }).code);
}

function write() {
  const fresh = `${asked.out}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(join(fresh, "pkg"), { recursive: true });
  const quality = asked.quick ? 4 : constants.BROTLI_MAX_QUALITY;
  for (const [name, content] of files) {
    const small = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_SIZE_HINT]: content.length } });
    writeFileSync(join(fresh, "pkg", names[name]), content);
    writeFileSync(join(fresh, "pkg", `${names[name]}.br`), small);
    console.log(`${name.padEnd(16)} ${kB(content)} kB, ${kB(small)} kB in brotli`);
  }
  writeFileSync(join(fresh, "manifest.json"), JSON.stringify(names, null, 1));
  rmSync(asked.out, { recursive: true, force: true });
  renameSync(fresh, asked.out);
}

function hashed(name, content) {
  const extension = extname(name);
  const digest = createHash("sha256").update(content).digest("hex").slice(0, 16);
  return `${basename(name, extension)}.${digest}${extension}`;
}

function run(program, args) {
  try {
    execFileSync(program, args, { stdio: ["ignore", "inherit", "inherit"] });
  } catch (error) {
    fail(`${basename(program)} did not work: ${error.message}`);
  }
}

function kB(content) {
  return (content.length / 1000).toFixed(1).padStart(7);
}

function fail(sentence) {
  console.error(`site: ${sentence}`);
  process.exit(1);
}
