// Every entity of Roster's own records. A new one is a line here.
export { Unique } from '../core/unique.ts';
export { Marker } from './marker.ts';
export { Quarantine } from './quarantine.ts';
export { SearchBatch } from './search-batch.ts';
export { SearchCheck } from './search-check.ts';
export { SearchComparison } from './search-comparison.ts';
export { SearchIntent } from './search-intent.ts';
export { SearchRun } from './search-run.ts';
export { SearchState } from './search-state.ts';
export { SearchWriter } from './search-writer.ts';
export { TrustedDocument } from './trusted-document.ts';
