const COMMON = `  --stage NAME      a deployed stage; without it, the local data of npm run dev, running or stopped
  --env-file FILE   settings of the stage, on top of the environment's; where MEILI_HOST and MEILI_API_KEY are in
                    neither, the Parameter Store's, TABLE_NAME and SEARCH_INDEX_PREFIX else those of serverless.yml
  --help            this text
`;

/** What all commands do. */
export const HELP = `Looks after the search indexes: npm run search -- COMMAND [options]

  status       how the indexes, rebuilds, writers and the quarantine are
  reindex      rebuild indexes beside the live ones and swap them, without an outage
  doctor       compare the indexes with the table, both ways, and repair them
  quarantine   list | show KEY | retry KEY… : items that can't be indexed
  redrive      index what the stream gave up on

  COMMAND --help lists its options. docs/operating-search.md says when to use which.

${COMMON}`;

/** What each command does. */
export const HELP_OF = {
  status: `How the search is, in one look: npm run search -- status [options]

  --json            as JSON
${COMMON}`,
  reindex: `Rebuilds indexes beside the live ones and swaps them, without an outage: npm run search -- reindex [options]

  --entity NAME     of this entity; may be given several times. Without it, of those whose declaration has changed
  --all             of all entities
  --max-rcu N       read capacity units a second that it may use; no limit without it
  --soak MINUTES    how long the indexes from before are kept, so that they can be put back (60)

Once the new indexes are in their place:
  --finish          remove the indexes from before now
  --roll-back       put them back, and remove the new ones
Before that:
  --abort           give the rebuild up, and remove what it has made

Ctrl-C stops it; the next start goes on from there.

${COMMON}`,
  doctor: `Compares the indexes with the table, both ways: npm run search -- doctor [options]

  --entity NAME     of this entity; may be given several times. Without it, of all
  --repair          index what differs, delete what nothing stands for, mend settings, then compare again
  --max-rcu N       read capacity units a second that it may use; no limit without it
  --patience SEC    how long a difference must last before it counts (10): the indexer may be at it
  --json            as JSON
${COMMON}
Exit code: 0 when there is no difference (left), 1 when there is one or items changed too fast to tell, 2 for errors.
`,
  quarantine: `Items that can't be indexed as they are: npm run search -- quarantine list | show KEY | retry KEY… | retry --all

  list              all of them with the reason
  show KEY          one of them, and how its item is now
  retry KEY…        try to index these again; what Meilisearch refused once may go well after an upgrade
  retry --all       all of them
${COMMON}
Exit code of retry: 0 when all are indexed, 1 when some are still in quarantine, 2 for errors.
`,
  redrive: `Indexes what the stream gave up on, from its dead-letter queue: npm run search -- redrive [options]

Reads the stream's records that each message stands for, while the stream has them (24 hours), and deletes a message
once all its items are indexed. The local stack keeps such records in .data/dead-letters.jsonl.

${COMMON}
Exit code: 0 when nothing is left, 1 when something is, 2 for errors.
`,
} as const;
