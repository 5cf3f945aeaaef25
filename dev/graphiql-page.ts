import { readFile } from 'node:fs/promises';
import { css, editorWorkerService, graphqlWorker, js, jsonWorker } from '@graphql-yoga/render-graphiql/graphiql';
import type { GraphiQLOptions } from 'graphql-yoga';

const START = new URL('./graphiql-start.js', import.meta.url);

/** GraphiQL 5 makes a tab jump aside at the press of the mouse, so that its release misses it, and nothing is opened. */
const REPAIRS = '.graphiql-tab { transform: none !important; }';

/**
 * Makes the GraphiQL page, which loads nothing from anywhere: Yoga's build of GraphiQL, started by `graphiql-start.js`.
 *
 * @param data names the data that ids and tokens are of
 */
export async function graphiqlPage(data: string): Promise<(options: GraphiQLOptions) => string> {
  const start = await readFile(START, 'utf8');
  return (options) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>${options.title}</title>
    <link rel="icon" href="data:," />
    <style>${css}${REPAIRS}</style>
  </head>
  <body class="no-focus-outline">
    <noscript>GraphiQL needs JavaScript.</noscript>
    <div id="root"></div>
    <script>
      const workers = ${literal({ editorWorkerService, json: jsonWorker, graphql: graphqlWorker })};
      self.MonacoEnvironment = {
        globalAPI: false,
        getWorkerUrl: (_module, label) =>
          URL.createObjectURL(new Blob([workers[label]], { type: 'application/javascript' })),
      };
      ${js};
      ${start}
      startGraphiQL(document.getElementById('root'), ${literal({ ...options, data })});
    </script>
  </body>
</html>
`;
}

/** A value as JavaScript; no part of it can end the script that it is in. */
const literal = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');
