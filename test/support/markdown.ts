import { readFile } from 'node:fs/promises';

/** The code blocks of a document, in their order. */
export async function codeBlocks(file: string): Promise<{ readonly language: string; readonly text: string }[]> {
  const found = (await readFile(file, 'utf8')).matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm);
  return [...found].map(([, language = '', text = '']) => ({ language, text }));
}

/** What a JSON value looks like: the names and types in it, and of a list how its elements look, each way once. */
export function shapeOf(value: unknown): unknown {
  if (Array.isArray(value))
    return [...new Map(value.map((element) => [JSON.stringify(shapeOf(element)), shapeOf(element)])).values()];
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shapeOf(inner)]));
}
