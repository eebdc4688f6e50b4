import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "@playwright/test";

const built = resolve(__dirname, "../../frontend/dist");

/** The scripts that the page names, and all that they import at once. */
function firstScripts(): Set<string> {
  const page = readFileSync(join(built, "index.html"), "utf8");
  const open = [...page.matchAll(/(?:src|href)="\.\/([^"]+\.js)"/g)].map(([, file]) => join(built, file!));
  const found = new Set<string>();
  for (let file = open.pop(); file; file = open.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    const imports = readFileSync(file, "utf8").matchAll(
      /(?:^|[;}])import(?:[^"'();]*from)?["'](\.[^"']+)["']/g,
    );
    for (const [, other] of imports) open.push(join(dirname(file), other!));
  }
  return found;
}

test("the first view needs at most 93 kB of scripts, compressed", () => {
  const scripts = [...firstScripts()];
  const bytes = scripts.reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0);
  expect(scripts.length).toBeGreaterThan(0);
  expect(bytes).toBeGreaterThan(20_000);
  expect(bytes).toBeLessThanOrEqual(93_000);
});
