import { parentPort, workerData } from 'node:worker_threads';
import { playSeeds, type SeedRange } from './seed-report.ts';

// Whoever starts this worker gives it a range, and is given a report.
parentPort?.postMessage(await playSeeds(workerData as SeedRange));
