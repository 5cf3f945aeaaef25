const { existsSync, readdirSync, statSync } = require('node:fs');
const { join } = require('node:path');
const { stageProblem } = require('./stage-name.cjs');

/**
 * Refuses to package a bundle that is missing, or older than what it is made of: `serverless deploy` by itself makes none,
 * and would deploy whatever was there. And stages whose names could be taken for others' (stack/deploy-role.yml).
 *
 * A plugin of the Serverless Framework, and so plain JavaScript.
 */
module.exports = class BeforePackage {
  constructor(serverless, { stage = 'dev' }) {
    this.hooks = {
      'before:package:initialize': () => {
        // The framework's own class: others are printed with where they were thrown.
        const misnamed = stageProblem(stage);
        if (misnamed) throw new serverless.classes.Error(misnamed);
        const problem = problemOf(serverless.serviceDir);
        if (problem) throw new serverless.classes.Error(`${problem} by: npm run package -- --stage ${stage}`);
      },
    };
  }
};

function problemOf(dir) {
  const bundle = join(dir, 'dist/bundle/handler.mjs');
  // The stack would be packaged without the filters of the stream as well.
  const made = [bundle, join(dir, 'dist/stream-filters.json')];
  if (!made.every((file) => existsSync(file))) return 'there is no bundle; make it and package it';
  const { mtimeMs } = statSync(bundle);
  const sources = readdirSync(join(dir, 'src'), { recursive: true }).filter((file) => file.endsWith('.ts'));
  const files = ['handler.ts', 'package-lock.json', ...sources.map((file) => join('src', file))];
  const newer = files.find((file) => statSync(join(dir, file)).mtimeMs > mtimeMs);
  return newer && `the bundle is older than ${newer}; make it anew and package it`;
}
