import { inspect } from 'node:util';
import { ConfigError } from '../src/config.ts';
import { RosterError } from '../src/errors.ts';
import { UsageError } from './arguments.ts';

/** What a command that failed prints: what the user can mend needs no stack trace. */
export function failureText(error: unknown): string {
  if (!(error instanceof Error)) return inspect(error);
  if (error instanceof UsageError || error instanceof RosterError || error instanceof ConfigError) return error.message;
  if (error.name === 'ResourceNotFoundException') return 'there is no such table; is TABLE_NAME right, and AWS_REGION?';
  // The SDK's own words name what is missing.
  const isOfAws = error.name === 'CredentialsProviderError' || /region is missing/i.test(error.message);
  const ofSystem = 'syscall' in error && 'path' in error;
  return isOfAws || ofSystem ? error.message : inspect(error);
}
