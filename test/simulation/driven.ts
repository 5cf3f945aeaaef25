import type { World } from './world.ts';

/**
 * The same service for a test that awaits one call at a time: while it waits, the world goes on until there is an
 * answer.
 */
export function driven<T extends object>(world: World, service: T): T {
  return new Proxy(service, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        const answer: unknown = Reflect.apply(member, target, args);
        return answer instanceof Promise ? world.complete(answer) : answer;
      };
    },
  });
}
