import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';
import { country, currency, date, dateTime, type Format, integer } from '../entities/core/formats.ts';

/** A scalar whose values are those of a format; others are refused with the format's message. */
function scalarOf<T extends string | number>(
  name: string,
  description: string,
  { check }: Format,
  normalize: (value: T) => T = (value) => value,
): GraphQLScalarType<T> {
  const parse = (value: unknown): T => {
    const result = check.safeParse(value);
    if (!result.success) {
      throw new GraphQLError(`${name} ${result.error.issues[0]?.message}; got ${shown(value)}`, {
        extensions: { code: 'BAD_USER_INPUT' },
      });
    }
    return normalize(value as T);
  };
  return new GraphQLScalarType<T>({
    name,
    description,
    serialize: (value) => value as T,
    parseValue: parse,
    parseLiteral: (node) =>
      parse(
        node.kind === Kind.STRING
          ? node.value
          : node.kind === Kind.INT || node.kind === Kind.FLOAT
            ? Number(node.value)
            : undefined,
      ),
  });
}

/** A value as a message shows it; what is no scalar may be nested too deep to print. */
const shown = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? JSON.stringify(value).slice(0, 60)
    : 'no scalar';

/** Scalars beyond GraphQL's own. */
export const scalars = {
  Date: scalarOf<string>('Date', 'A day of the calendar as `YYYY-MM-DD`.', date),
  DateTime: scalarOf<string>(
    'DateTime',
    'A moment as ISO 8601 with its offset, such as `2024-02-29T12:00:00Z`.',
    dateTime,
    // In UTC and of one length, so that moments compare as text, in the table as well as in clients.
    (value) => new Date(value).toISOString(),
  ),
  CountryCode: scalarOf<string>('CountryCode', 'A country as ISO 3166-1 alpha-2 code, such as `DE`.', country),
  CurrencyCode: scalarOf<string>('CurrencyCode', 'A currency as ISO 4217 code, such as `EUR`.', currency),
  SafeInt: scalarOf<number>(
    'SafeInt',
    'A whole number of up to 53 bits, more than `Int` holds.',
    integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  ),
} as const;
