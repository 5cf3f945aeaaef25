import './employee.ts';
import './errors.ts';
import './node.ts';
import './occasions.ts';
import './office.ts';
import './project.ts';
import './search.ts';
import './search-health.ts';
import './search-token.ts';
import './task.ts';
import './viewer.ts';
import { builder } from './builder.ts';

/** The executable schema. A new type is an import here. */
export const schema = builder.toSchema();
