import { GraphQLError } from 'graphql';

/** The error of a request that is refused, under a code of its own. @param status 400 when left out */
export const refusal = (code: string, message: string, status = 400): GraphQLError =>
  new GraphQLError(message, { extensions: { code, http: { status } } });
