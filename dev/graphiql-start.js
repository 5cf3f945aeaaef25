// Runs in the browser, between the page and GraphiQL, which by itself begins with an empty variables editor when it takes
// its tabs from `defaultTabs`, and adds a tab at every reload. It does neither when it is given, as the initial editors'
// contents, exactly those of the tab that it is to open.

/** Where GraphiQL keeps its tabs. */
const TABS = 'graphiql:tabState';
/** Which data they are about. */
const DATA = 'roster:data';

function storedTab() {
  try {
    const { tabs, activeTabIndex } = JSON.parse(localStorage.getItem(TABS));
    return tabs[activeTabIndex];
  } catch {
    // None, or another version's: GraphiQL begins anew then, too.
    return undefined;
  }
}

/** @param options those of GraphiQL, and `data`, which differs where the ids and tokens in stored tabs are of no use */
// biome-ignore lint/correctness/noUnusedVariables: the page calls it
function startGraphiQL(root, { data, ...options }) {
  if (localStorage.getItem(DATA) !== data) localStorage.removeItem(TABS);
  localStorage.setItem(DATA, data);
  const linked = new URLSearchParams(location.search).get('query');
  if (linked) history.replaceState(null, '', location.pathname);
  const opened = linked ? { query: linked, headers: options.headers } : (storedTab() ?? options.defaultTabs[0]);
  YogaGraphiQL.renderYogaGraphiQL(root, {
    ...options,
    initialQuery: opened.query ?? '',
    initialVariables: opened.variables ?? '',
    initialHeaders: opened.headers ?? '',
    // In place of Yoga's own, which puts the query into the address, from where a reload makes one more tab of it.
    onEditQuery: () => undefined,
  });
}
