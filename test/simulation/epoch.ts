/** When every world begins, by a clock that is right: milliseconds since 1970. */
export const EPOCH_MS = Date.UTC(2026, 5, 30, 9);
