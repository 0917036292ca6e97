// Where the contract of adapters is open to any type: what clients answered, what servers tell one another, and the members
// of an adapter that does not say what they are.

export type AnyData = any;
