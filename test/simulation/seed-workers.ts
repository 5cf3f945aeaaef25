import { Worker } from 'node:worker_threads';
import { mergeReports, type SeedRange, type SeedReport } from './seed-report.ts';

const WORKERS = 2;

/** Plays seeds on two cores: a thread each for the odd and the even ones. */
export async function playSeedsInParallel(range: SeedRange): Promise<SeedReport> {
  const reports = Array.from({ length: WORKERS }, (_, i) =>
    inWorker({ ...range, from: range.from + i, step: WORKERS }),
  );
  return mergeReports(await Promise.all(reports));
}

function inWorker(range: SeedRange): Promise<SeedReport> {
  const { promise, resolve, reject } = Promise.withResolvers<SeedReport>();
  const worker = new Worker(new URL('./seed-worker.ts', import.meta.url), { workerData: range });
  worker.once('message', resolve);
  worker.once('error', reject);
  return promise;
}
