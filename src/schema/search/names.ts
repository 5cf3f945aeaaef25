import { pascalCase } from '../electrodb/names.ts';

/** The field of a path: `salary.amount` is `salaryAmount`. */
export function fieldName(path: string): string {
  const [name = '', ...properties] = path.split('.');
  return `${name}${properties.map(pascalCase).join('')}`;
}
