import { SingleBar } from 'cli-progress';
import type { Clock } from '../../src/runtime.ts';

/** Shows how far something long has got, how fast it is and how long it will take: a bar on a terminal, else lines. */
export interface Pace {
  /** @param total about how much there is; 0 when nobody knows */
  update(label: string, done: number, total: number): void;
  /** Gives the terminal its cursor back. Idempotent. */
  end(): void;
}

/** A terminal, or whatever takes lines. */
export type Screen = NodeJS.WritableStream & { readonly isTTY?: boolean };

/** Lines without a terminal come at most this often, and whenever something else begins. */
const LINE_MS = 5_000;

/** How fast one thing goes: from where it was when it was first seen, which may be after an interruption. */
interface Start {
  readonly label: string;
  readonly atMs: number;
  readonly done: number;
}

/** @param screen for people; results go elsewhere */
export function showPace(clock: Pick<Clock, 'monotonicMs'>, screen: Screen): Pace {
  let start: Start | undefined;
  let shownMs = 0;
  let bar: SingleBar | undefined;
  const end = () => {
    bar?.stop();
    bar = undefined;
  };
  return {
    update(label, done, total) {
      const now = clock.monotonicMs();
      const isNew = start?.label !== label;
      if (!start || isNew) start = { label, atMs: now, done };
      const pace = paceText(done - start.done, now - start.atMs, Math.max(0, total - done));
      if (!screen.isTTY) {
        if (isNew || now - shownMs >= LINE_MS)
          screen.write(`  ${label}: ${[amountText(done, total), pace].filter(Boolean).join(', ')}\n`);
        if (isNew || now - shownMs >= LINE_MS) shownMs = now;
        return;
      }
      if (isNew) end();
      if (!bar) {
        bar = newBar(screen);
        bar.start(Math.max(total, done, 1), done, { label: label.padEnd(10), amount: '', pace: '' });
      }
      bar.setTotal(Math.max(total, done, 1));
      bar.update(done, { amount: amountText(done, total), pace });
    },
    end,
  };
}

const newBar = (stream: Screen): SingleBar =>
  new SingleBar({
    format: '  {label}{bar} {percentage} %  {amount}  {pace}',
    stream,
    hideCursor: true,
    clearOnComplete: true,
    // It would take Ctrl-C for itself.
    gracefulExit: false,
  });

const amountText = (done: number, total: number): string =>
  total > done ? `${done} of about ${total} rows` : `${done} rows`;

/** Such as `950 a second, 2 min left`; empty until there is something to tell. */
export function paceText(done: number, ms: number, left: number): string {
  if (done <= 0 || ms < 500) return '';
  const perMs = done / ms;
  const seconds = Math.ceil(left / perMs / 1_000);
  const time =
    seconds < 100
      ? `${seconds} s`
      : seconds < 6_000
        ? `${Math.round(seconds / 60)} min`
        : `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(perMs * 1_000)} a second${left > 0 ? `, ${time} left` : ''}`;
}
