import { failureText } from '../failure.ts';
import { readOptions } from './options.ts';

// Registers the documents of a frontend: npm run operations -- register DIR [--stage prod]
const started = new AsyncDisposableStack();

try {
  const options = readOptions(process.argv.slice(2), process.env);
  if (typeof options === 'string') process.stdout.write(options);
  else await (await import('./run.ts')).run(options, { env: process.env, started });
} catch (error) {
  process.stderr.write(`${failureText(error)}\n`);
  process.exitCode = 1;
}
await started.disposeAsync();
