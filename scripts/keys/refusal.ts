/** A change that must not be made in one go. */
export interface Refusal {
  /** What changes: an entity, `entity.accessPattern`, `entity.attribute`, an index of the table, or `table`. */
  readonly what: string;
  /** What would come of it. */
  readonly why: string;
  /** What to do instead, step by step. */
  readonly instead: readonly string[];
}

/** A refusal for people. */
export const explain = ({ what, why, instead }: Refusal): string =>
  [`${what}: ${why}`, ...instead.map((step, i) => `  ${i + 1}. ${step}`)].join('\n');
