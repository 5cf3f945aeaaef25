import { GraphQLError } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import { may, rolesThatMay } from '../auth/policy.ts';
import type { Viewer } from '../auth/viewer.ts';
import type { ApiServices } from '../services.ts';
import type { AuthenticatedContext } from './authenticate.ts';
import { explain } from './explain/explanation.ts';
import { Trace } from './explain/trace.ts';

/** The request header that asks for `extensions.explain`: `1`, or `0` for no. */
export const EXPLAIN_HEADER = 'x-roster-explain';

/** What {@link useExplain} leaves for the context. */
export interface ExplainContext {
  /** What the operation's calls are to be told to, when it was asked for. */
  trace?: Trace;
  /** Why it is not explained, though it was asked for. */
  refusal?: string;
}

/** Lists in `extensions.explain` what an operation sends to the table and the search engine; docs/explain.md says how. */
export const useExplain = ({
  config,
  clock,
}: Pick<ApiServices, 'config' | 'clock'>): Plugin<object, AuthenticatedContext & ExplainContext> => ({
  onParams({ request, context }) {
    const { viewer } = context;
    if (!viewer || !isAsked(request.headers.get(EXPLAIN_HEADER))) return;
    if (config.explain === 'everyone' || may(viewer, 'explain:read')) context.trace = new Trace(clock);
    else context.refusal = refusalOf(viewer);
  },
  onExecutionResult({ result, setResult, context: { trace, refusal } }) {
    if (!(trace || refusal) || !result || isAsyncIterable(result)) return;
    const explanation = trace ? explain(trace) : { refused: refusal };
    setResult({ ...result, extensions: { ...result.extensions, explain: explanation } });
  },
});

/** @throws GraphQLError unless the header is absent, `0` or `1` */
function isAsked(header: string | null): boolean {
  if (header === null || header === '0') return false;
  if (header === '1') return true;
  throw new GraphQLError(
    `the header ${EXPLAIN_HEADER} is "${header.slice(0, 60)}"; send 1 to see what the operation costs, or leave it out`,
    { extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } } },
  );
}

const refusalOf = ({ role }: Viewer): string =>
  `what operations cost is not open to the role ${role}; ask as ${rolesThatMay('explain:read').join(' or ')}, or leave out the header ${EXPLAIN_HEADER}`;
