import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { build } from 'esbuild';

// Bundles the handlers and lets Serverless package the stack: npm run package -- --stage prod
const OUTPUT = 'dist/handler.js';

await build({
  entryPoints: ['handler.ts'],
  outfile: OUTPUT,
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  mainFields: ['module', 'main'],
  sourcemap: 'external',
});
process.stdout.write(`${OUTPUT}: ${Math.round(statSync(OUTPUT).size / 1_000)} KB\n`);

const { status } = spawnSync('serverless', ['package', ...process.argv.slice(2)], { stdio: 'inherit' });
process.exitCode = status ?? 1;
