// What may be given as `adapter`: a class, a function that is called with `new` all the same, as Socket.IO does, or one that
// cannot be, such as an arrow function.

/** Calls it with `new` if that is possible: a function may return what it has made. */
export function createAdapter<Nsp, Made extends object>(
  factory: ((nsp: Nsp) => Made) | (new (nsp: Nsp) => Made),
  nsp: Nsp,
): Made {
  // Arrow functions and methods have no prototype to give.
  if (factory.prototype === undefined) return (factory as (nsp: Nsp) => Made)(nsp);
  return new (factory as new (nsp: Nsp) => Made)(nsp);
}
