// Where the public API is open to any type: the arguments of catch-all listeners; `socket.data`, until the application
// says what it holds; and what clients and middlewares say without anybody having declared it.

export type AnyListener = (event: string, ...args: any[]) => void;

export type AnyData = any;
