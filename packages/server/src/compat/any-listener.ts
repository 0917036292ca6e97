// The two places where the public API is open to any type: the arguments of catch-all listeners, and `socket.data`
// until the application says what it holds.

export type AnyListener = (event: string, ...args: any[]) => void;

export type AnyData = any;
