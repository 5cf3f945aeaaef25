import { SingleBar } from 'cli-progress';

/** Shows how far something got: a bar on a terminal, plain lines elsewhere. */
export interface Progress {
  update(done: number, total: number): void;
  /** Gives the terminal its cursor back. Idempotent; nothing is shown afterwards. */
  end(): void;
}

/** @param label what is being done, such as `seeding` */
export function showProgress(label: string, stream: NodeJS.WriteStream = process.stdout): Progress {
  return stream.isTTY ? bar(label, stream) : lines(label, stream);
}

function bar(label: string, stream: NodeJS.WriteStream): Progress {
  const single = new SingleBar({
    format: `  ${label.padEnd(10)}{bar} {percentage} %  {value} of {total}`,
    stream,
    hideCursor: true,
    clearOnComplete: true,
    // It would take Ctrl-C for itself.
    gracefulExit: false,
  });
  let state: 'new' | 'shown' | 'ended' = 'new';
  return {
    update(done, total) {
      if (state === 'new') {
        single.start(total, done);
        state = 'shown';
      }
      if (state === 'shown') single.update(Math.min(done, total));
    },
    end() {
      state = 'ended';
      single.stop();
    },
  };
}

function lines(label: string, stream: NodeJS.WriteStream): Progress {
  let shown = -1;
  return {
    update(done, total) {
      const quarter = Math.floor((4 * Math.min(done, total)) / total);
      if (quarter > shown) stream.write(`  ${label}: ${Math.min(done, total)} of ${total}\n`);
      shown = Math.max(shown, quarter);
    },
    end: () => {
      shown = Number.POSITIVE_INFINITY;
    },
  };
}
