import type { Literal, NoSuchOption } from './declaration.ts';
import type { IndexSpec } from './model.ts';
import type { ReservedName } from './reserved.ts';

/** Names within the declaration of an index. */
interface IndexOptions {
  readonly valid: { [P in keyof IndexSpec]-?: P }[keyof IndexSpec];
}

type OthersIndex<I, K> = {
  [J in keyof I]: J extends K ? never : I[J] extends { readonly index: infer Index } ? Index : never;
}[keyof I];

/** The composites `L` of a key that has others already: each once, since ElectroDB takes none twice. */
type Distinct<L, Composite, Before> = L extends readonly [infer First, ...infer Rest]
  ? readonly [First extends Before ? Exclude<Composite, Before> : First, ...Distinct<Rest, Composite, Before | First>]
  : L;

type PartitionOf<T> = T extends { readonly pk: readonly (infer Composite)[] } ? Composite : never;

/** The indexes `I` of an entity called `N`, as they should be: an index of the table holds one access pattern of it. */
export type CheckedIndexes<N extends string, I, Composite> = {
  readonly [K in keyof I]: K extends Literal<N>
    ? ReservedName<'the table', N>
    : {
        readonly [P in keyof I[K]]: P extends 'index'
          ? Exclude<IndexSpec['index'], OthersIndex<I, K>>
          : P extends keyof IndexSpec
            ? P extends 'pk'
              ? Distinct<I[K][P], Composite, never>
              : P extends 'sk'
                ? Distinct<I[K][P], Composite, PartitionOf<I[K]>>
                : I[K][P]
            : NoSuchOption<IndexOptions['valid']>;
      };
};
