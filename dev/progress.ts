import { type Options, SingleBar } from 'cli-progress';

/** Shows how far something got: a bar on a terminal, plain lines elsewhere. */
export interface Progress {
  update(done: number, total: number): void;
  end(): void;
}

/** @param label what is being done, such as `seeding` */
export function showProgress(label: string, stream: NodeJS.WriteStream = process.stdout): Progress {
  return stream.isTTY ? bar(label, stream) : lines(label, stream);
}

function bar(label: string, stream: NodeJS.WriteStream): Progress {
  const options: Options = {
    format: `  ${label.padEnd(10)}{bar} {percentage} %  {value} of {total}`,
    stream,
    hideCursor: true,
    clearOnComplete: true,
  };
  const single = new SingleBar(options);
  let started = false;
  return {
    update(done, total) {
      if (!started) single.start(total, done);
      started = true;
      single.update(Math.min(done, total));
    },
    end: () => single.stop(),
  };
}

function lines(label: string, stream: NodeJS.WriteStream): Progress {
  let shown = -1;
  return {
    update(done, total) {
      const quarter = Math.floor((4 * done) / total);
      if (quarter > shown) stream.write(`  ${label}: ${done} of ${total}\n`);
      shown = Math.max(shown, quarter);
    },
    end: () => undefined,
  };
}
