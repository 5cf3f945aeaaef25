import { parentPort, workerData } from 'node:worker_threads';
import { playSeeds, type SeedRange } from './seed-report.ts';

// Faults are errors, and looking for where each was made takes a twentieth of the time. A seed played alone tells it.
Error.stackTraceLimit = 0;

// Whoever starts this worker gives it a range, and is given a report.
parentPort?.postMessage(await playSeeds(workerData as SeedRange));
