import { failureText } from '../failure.ts';
import { readOptions } from './options.ts';

// Gives items from before the keys of today: npm run rewrite -- [--check] [--stage prod]
const started = new AsyncDisposableStack();

try {
  const options = readOptions(process.argv.slice(2), process.env);
  if (typeof options === 'string') process.stdout.write(options);
  else process.exitCode = await (await import('./run.ts')).run(options, { env: process.env, started });
} catch (error) {
  process.stderr.write(`${failureText(error)}\n`);
  process.exitCode = 2;
}
await started.disposeAsync();
