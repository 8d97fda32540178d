// Bundles the page into ../dist: minified, gzipped, with the licence texts of everything that is inside.
import { build } from "esbuild";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "..", "dist");

const result = await build({
  absWorkingDir: here,
  entryPoints: { playground: "src/main.jsx" },
  outdir: dist,
  write: false,
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2020",
  jsx: "automatic",
  charset: "utf8",
  legalComments: "none",
  metafile: true,
  define: { "process.env.NODE_ENV": '"production"' },
  loader: { ".svg": "dataurl", ".woff2": "dataurl" },
});

// npm packages that a file came from, by the path below node_modules.
function packages(inputs) {
  const names = new Set();
  for (const input of Object.keys(inputs)) {
    const at = input.lastIndexOf("node_modules/");
    if (at < 0) continue;
    const [scope, name] = input.slice(at + "node_modules/".length).split("/");
    names.add(input.slice(0, at) + "node_modules/" + (scope.startsWith("@") ? `${scope}/${name}` : scope));
  }
  return [...names].sort();
}

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

function licence(folder) {
  const about = JSON.parse(readFileSync(join(here, folder, "package.json")));
  const file = readdirSync(join(here, folder)).find((it) => /^licen[cs]e([.-]|$)/i.test(it));
  const title = `${about.name} ${about.version} (${about.license})\n\n`;
  if (file) return `${title}${readFileSync(join(here, folder, file), "utf8").trim()}\n`;
  // Some packages state their licence without its text.
  if (about.license !== "MIT") throw new Error(`${about.name}: no text for licence ${about.license}`);
  const author = about.author?.name ?? about.author ?? `the contributors of ${about.name}`;
  return `${title}Copyright (c) ${author}\n\n${MIT}\n`;
}

const bar = `\n${"=".repeat(80)}\n\n`;
const licences = packages(result.metafile.inputs).map(licence);
const files = {
  "index.html": readFileSync(join(here, "index.html")),
  "licences.txt": `The playground contains these packages.\n${bar}${licences.join(bar)}`,
};
for (const file of result.outputFiles) {
  const name = file.path.slice(dist.length + 1);
  // The embedded web fonts are two thirds of the style sheet and have licences of their own: the system's fonts do.
  files[name] = name.endsWith(".css") ? file.text.replace(/@font-face\s*\{[^}]*\}/g, "") : file.contents;
}

if (!existsSync(dist)) mkdirSync(dist);
for (const [name, contents] of Object.entries(files)) {
  const packed = gzipSync(contents, { level: 9 });
  writeFileSync(join(dist, `${name}.gz`), packed);
  console.log(`${name}: ${Buffer.byteLength(contents)} → ${packed.length} bytes`);
}
