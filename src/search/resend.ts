/** What Node's `fetch` names a connection that ended before it had an answer. */
const CLOSED = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/**
 * Sends a request that changes nothing once more where its connection was closed before there was an answer. Connections
 * are kept, and whoever is at the other end closes one that was idle for some seconds: at just that moment, or while a
 * function of Lambda stands still and does not notice, the next request is sent into a closed one.
 *
 * @param signal ends both attempts
 * @throws what `send` throws, of the second attempt where there was one
 */
export async function resendIfClosed<Answer>(send: () => Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  try {
    return await send();
  } catch (error) {
    if (signal.aborted || !wasClosed(error)) throw error;
    return send();
  }
}

function wasClosed(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { readonly code?: unknown };
  return (typeof code === 'string' && CLOSED.has(code)) || wasClosed(error.cause);
}
