// The lock file names no registry but the public one, and package.json pins exact versions.
import { readFileSync } from 'node:fs';

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const own = JSON.parse(readFileSync('package.json', 'utf8'));
const faults = [];
for (const [path, entry] of Object.entries(lock.packages)) {
  if (entry.resolved && !entry.resolved.startsWith('https://registry.npmjs.org/'))
    faults.push(`${path}: ${entry.resolved}`);
}
for (const [name, version] of Object.entries({ ...own.dependencies, ...own.devDependencies })) {
  if (!/^\d+\.\d+\.\d+$/.test(version)) faults.push(`${name}: ${version} is not exact`);
}
for (const fault of faults) console.error(fault);
process.exit(faults.length ? 1 : 0);
