import { type ExecutionArgs, getOperationAST } from 'graphql';

/** Whether what is executed may change something, so that to send it again is not to be advised. */
export const isMutation = ({ document, operationName }: Pick<ExecutionArgs, 'document' | 'operationName'>): boolean =>
  getOperationAST(document, operationName)?.operation === 'mutation';
