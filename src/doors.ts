import * as z from 'zod/mini';
import { isDevelopmentStage } from './development.ts';
import { isList, listOf, oneOf, optionallyOneOf, positive } from './variables.ts';

/** What one request may ask for; docs/limits.md says how each is counted. */
export interface Limits {
  readonly bodyBytes: number;
  readonly answerBytes: number;
  /** Words, names and signs of a document. */
  readonly tokens: number;
  /** Fields within fields, fragments included. */
  readonly depth: number;
  readonly aliases: number;
  readonly directives: number;
  /** Of variables, those within others included. */
  readonly values: number;
  /** Values that the answer could hold, by the sizes of its pages. */
  readonly cost: number;
  /** How long an operation may take, from when its request has come, milliseconds. */
  readonly timeoutMs: number;
}

/** How the API is open to those who ask. */
export interface Doors {
  readonly limits: Limits;
  /** Whether the schema may be asked for, and errors suggest names of it. */
  readonly introspection: boolean;
  /** Whether a GET must carry a header that no page of another site can send by a link or a form. */
  readonly preflight: boolean;
  /** Sites whose pages may read answers, such as `https://app.example.com`; none where a gateway answers CORS. */
  readonly corsOrigins: readonly string[];
  /** Which documents are run: any that is valid, or those alone that were registered. */
  readonly operations: 'any' | 'registered';
  /** Whether clients are told what went wrong on our side. */
  readonly showsErrors: boolean;
}

// API Gateway gives up after 30 seconds, and an answer takes a moment on its way.
const MOST_TIMEOUT_MS = 28_000;

// Lambda lets 6 MiB through, and text in base64, as src/lambda.ts gives it, is a third longer.
const MOST_ANSWER_BYTES = 4_500_000;

const isOrigin = (value: string): boolean => URL.canParse(value) && new URL(value).origin === value;

/** The variables of {@link Doors}. */
export const DOOR_VARIABLES = {
  MAX_BODY_BYTES: positive(1_000_000, 6_000_000),
  MAX_ANSWER_BYTES: positive(MOST_ANSWER_BYTES, MOST_ANSWER_BYTES),
  MAX_TOKENS: positive(5_000),
  MAX_DEPTH: positive(20, 60),
  MAX_ALIASES: positive(100),
  MAX_DIRECTIVES: positive(50),
  MAX_VALUES: positive(5_000),
  MAX_COST: positive(100_000),
  OPERATION_TIMEOUT_MS: positive(25_000, MOST_TIMEOUT_MS),
  INTROSPECTION: optionallyOneOf(['on', 'off']),
  PREFLIGHT_HEADER: optionallyOneOf(['required', 'optional']),
  CORS_ORIGINS: z.optional(
    z
      .string()
      .check(
        z.refine(
          (value) => isList(value) && listOf(value).every(isOrigin),
          'must be origins such as https://app.example.com, with commas between them',
        ),
      ),
  ),
  OPERATIONS: oneOf(['any', 'registered'], 'any'),
  ERRORS: oneOf(['masked', 'shown'], 'masked'),
} as const;

type Values = z.infer<z.ZodMiniObject<typeof DOOR_VARIABLES & { STAGE: z.ZodMiniString }>>;

/** What the variables say; what they leave out is closed but in stages of development. */
export function doorsOf(values: Values): Doors {
  const isOpen = isDevelopmentStage(values.STAGE);
  return {
    limits: {
      bodyBytes: values.MAX_BODY_BYTES,
      answerBytes: values.MAX_ANSWER_BYTES,
      tokens: values.MAX_TOKENS,
      depth: values.MAX_DEPTH,
      aliases: values.MAX_ALIASES,
      directives: values.MAX_DIRECTIVES,
      values: values.MAX_VALUES,
      cost: values.MAX_COST,
      timeoutMs: values.OPERATION_TIMEOUT_MS,
    },
    introspection: (values.INTROSPECTION ?? (isOpen ? 'on' : 'off')) === 'on',
    preflight: (values.PREFLIGHT_HEADER ?? (isOpen ? 'optional' : 'required')) === 'required',
    corsOrigins: values.CORS_ORIGINS === undefined ? [] : listOf(values.CORS_ORIGINS),
    operations: values.OPERATIONS,
    showsErrors: values.ERRORS === 'shown',
  };
}
