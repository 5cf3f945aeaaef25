// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
const LEAST = 1e-130;
const MOST = Number.MAX_SAFE_INTEGER;

/** What {@link isStorable} takes, as text. */
export const STORABLE = `a number from ${LEAST} to ${MOST}, of either sign, or 0`;

/** True for numbers that DynamoDB holds and the document client passes on: none that would lose digits on the way. */
export const isStorable = (value: number): boolean =>
  Math.abs(value) <= MOST && (value === 0 || Math.abs(value) >= LEAST);
