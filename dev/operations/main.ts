import { inspect } from 'node:util';
import { RosterError } from '../../src/errors.ts';
import { UsageError } from '../arguments.ts';
import { readOptions } from './options.ts';

// Registers the documents of a frontend: npm run operations -- register DIR [--stage prod]
const started = new AsyncDisposableStack();

/** What the user can mend needs no stack trace. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return inspect(error);
  const isKnown = error instanceof UsageError || error instanceof RosterError;
  if (error.name === 'ResourceNotFoundException') return 'there is no such table; is TABLE_NAME right, and AWS_REGION?';
  return isKnown || error.name === 'CredentialsProviderError' ? error.message : inspect(error);
}

try {
  const options = readOptions(process.argv.slice(2), process.env);
  if (typeof options === 'string') process.stdout.write(options);
  else await (await import('./run.ts')).run(options, { env: process.env, started });
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}
await started.disposeAsync();
