/** `true` when two types are the same, `false` when one is only assignable to the other. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles for `true` only: `proven<Equal<A, B>>()`. */
export declare function proven<_Claim extends true>(): void;
