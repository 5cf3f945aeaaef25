import { type Issue, ValidationError } from '../../errors.ts';
import { type AnyValue, type Attributes, itemsOf } from './attributes.ts';
import { isSetByWriter } from './managed.ts';
import { isStorable, STORABLE } from './numbers.ts';

type AnyValues = Readonly<Record<string, AnyValue>>;
type Values = Readonly<Record<string, unknown>>;

/**
 * Checks values against their attributes: names, presence, type, enumeration, format, nested ones too.
 *
 * @param values by attribute; for a change, `null` removes and what is left out stays
 * @throws {@link ValidationError} listing every issue by its path, such as `salary.currency` or `tags[2]`
 */
export function assertValid(attributes: Attributes, values: Values, mode: 'new' | 'change'): void {
  const given = mode === 'new' ? attributes : pick(attributes, Object.keys(values));
  const isFixed = (name: string) => mode === 'change' && (attributes[name]?.readOnly || isSetByWriter(name));
  const issues = [
    ...strays('', attributes, values),
    ...Object.keys(given)
      .filter(isFixed)
      .flatMap((name) => issue(name, "can't be changed; leave it out")),
    ...Object.entries(given).flatMap(([name, attribute]) => check(name, attribute, values[name])),
  ];
  if (issues.length > 0) throw new ValidationError(issues);
}

/** Refuses to remove what is required. @throws {@link ValidationError} */
export function assertKept(attributes: Attributes, values: Values): void {
  const removed = Object.keys(values).filter((name) => values[name] === null && attributes[name]?.required);
  if (removed.length > 0) throw new ValidationError(removed.flatMap((name) => issue(name, REQUIRED)));
}

const REQUIRED = 'is required; give a value';

const pick = (attributes: Attributes, names: readonly string[]): Attributes =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => names.includes(name)));

const issue = (path: string, message: string): Issue[] => [{ path, message }];

const strays = (parent: string, known: AnyValues, values: Values): Issue[] =>
  Object.keys(values)
    .filter((name) => !Object.hasOwn(known, name))
    .flatMap((name) => issue(parent + name, `is unknown; there are ${visible(known).join(', ')}`));

const visible = (known: AnyValues): string[] => Object.keys(known).filter((name) => known[name]?.hidden !== true);

/** What is wrong with one value, by path; nothing is wrong with one that is absent and not required. */
export function check(path: string, attribute: AnyValue, value: unknown): Issue[] {
  if (value === undefined || value === null) return attribute.required ? issue(path, REQUIRED) : [];
  if (attribute.properties) return checkProperties(path, attribute.properties, value);
  const items = itemsOf(attribute);
  return items ? checkItems(path, attribute, items, value) : checkScalar(path, attribute, value);
}

function checkProperties(path: string, properties: AnyValues, value: unknown): Issue[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Set)
    return issue(path, `must be an object with ${visible(properties).join(', ')}`);
  const values = value as Values;
  return [
    ...strays(`${path}.`, properties, values),
    ...Object.entries(properties).flatMap(([name, property]) => check(`${path}.${name}`, property, values[name])),
  ];
}

function checkItems(path: string, { type, required }: AnyValue, items: AnyValue, value: unknown): Issue[] {
  if (!Array.isArray(value) && !(type === 'set' && value instanceof Set)) return issue(path, 'must be a list');
  const all: readonly unknown[] = [...value];
  // DynamoDB has no empty sets: to be empty is to be absent.
  if (type === 'set' && required && all.length === 0) return issue(path, 'is empty; give at least one value');
  return all.flatMap((each, i) => check(`${path}[${i}]`, { ...items, required: true }, each));
}

function checkScalar(path: string, { type, format }: AnyValue, value: unknown): Issue[] {
  if (typeof type === 'object')
    return typeof value === 'string' && type.includes(value) ? [] : issue(path, `must be one of ${type.join(', ')}`);
  if (!format) return checkType(path, type, value);
  const result = format.check.safeParse(value);
  if (result.success) return checkType(path, type, value);
  return result.error.issues.slice(0, 1).map(({ message }) => ({ path, message }));
}

function checkType(path: string, type: string, value: unknown): Issue[] {
  if (typeof value !== type) return issue(path, `must be a ${type}`);
  if (typeof value === 'number' && !isStorable(value)) return issue(path, `must be ${STORABLE}`);
  // Half of a surrogate pair can't be stored as UTF-8.
  return typeof value !== 'string' || value.isWellFormed() ? [] : issue(path, 'must be valid Unicode');
}
