// What the built page weighs, compressed as the desk sends it: the script without the map, the map, fonts and styles.
import { readFileSync, readdirSync } from 'node:fs';
import { brotliCompressSync } from 'node:zlib';

const folder = 'dist/assets/';
const br = (path) => brotliCompressSync(readFileSync(path)).length;
const kb = (n) => `${(n / 1000).toFixed(1)} kB`;
const html = readFileSync('dist/index.html', 'utf8');
const isMap = (name) => /^(maplibre|MapView|countries)/i.test(name);
let script = br('dist/mode.js');
let map = 0;
// One language is loaded at a time: the largest counts. Each is two files, the page's words and the channel's.
const languages = {};
for (const name of readdirSync(folder)) {
  const size = br(folder + name);
  if (/\.m?js(on)?$/.test(name)) {
    const lang = /^([a-z]{2})-/.exec(name)?.[1];
    if (isMap(name)) map += size;
    else if (lang) languages[lang] = (languages[lang] ?? 0) + size;
    else script += size;
  }
  if (!/\.woff2?$/.test(name))
    console.log(`${kb(size).padStart(10)}  ${name}${html.includes(name) ? '  (at start)' : ''}`);
}
script += Math.max(...Object.values(languages));
console.log(`${kb(script).padStart(10)}  script without the map, with the largest language (budget 80 kB)`);
console.log(`${kb(map).padStart(10)}  script of the map, when it is opened`);
process.exit(script > 80_000 ? 1 : 0);
