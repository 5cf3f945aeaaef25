import type { Logger } from '../../src/runtime.ts';

/** A line that was logged: its facts, and how bad it is. */
export type LogEntry = Readonly<Record<string, unknown>> & { readonly level: keyof Logger; readonly msg: string };

/** A logger that keeps everything. */
export function recordLog(): Logger & { readonly entries: LogEntry[] } {
  const entries: LogEntry[] = [];
  const at = (level: keyof Logger) => (facts: object, msg: string) => void entries.push({ ...facts, level, msg });
  return { entries, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
