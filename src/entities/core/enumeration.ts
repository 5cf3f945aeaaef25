/** A value as GraphQL's enumerations have it: `in-progress` is `IN_PROGRESS`. */
export const constantCase = (value: string): string => {
  const name = value.replace(/[^A-Za-z0-9]+/g, '_').toUpperCase();
  return /^[0-9]/.test(name) ? `_${name}` : name;
};

/**
 * Refuses values that GraphQL can't tell apart, or can't name at all.
 *
 * @param path of the attribute, such as `task.status`
 * @throws Error naming the values
 */
export function assertEnumeration(path: string, values: readonly string[]): void {
  if (values.length === 0) throw new Error(`${path} has no values; give at least one`);
  const names = new Map<string, string>();
  for (const value of values) {
    const name = constantCase(value);
    if (!/[A-Z0-9]/.test(name))
      throw new Error(`${path} can't have the value ${JSON.stringify(value)}: GraphQL's names take letters and digits`);
    const other = names.get(name);
    if (other !== undefined)
      throw new Error(
        `${path} has ${JSON.stringify(other)} and ${JSON.stringify(value)}, which are both ${name} in GraphQL; rename one`,
      );
    names.set(name, value);
  }
}
