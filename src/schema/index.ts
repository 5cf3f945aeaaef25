import './employee.ts';
import './errors.ts';
import './node.ts';
import './office.ts';
import './project.ts';
import './search/comparable-salaries.ts';
import './search/federated.ts';
import './search/health.ts';
import './search/occasions.ts';
import './search/token.ts';
import './search/write-token.ts';
import './task.ts';
import './viewer.ts';
import { builder } from './builder.ts';
import { assertCovered } from './policy-coverage.ts';

/**
 * The executable schema, its types in the order in which they are made: to sort them would take a tenth of a cold start.
 * A new type is an import here.
 *
 * @throws Error, when the process starts, for a field that no policy covers
 */
export const schema = assertCovered(builder.toSchema({ sortSchema: false }));
