/**
 * The border to the application's code. What a listener or callback throws is an error of the application: it surfaces as
 * an uncaught error of the host (a microtask later), and the connection goes on as if nothing had happened.
 */
export function guard(callUser: () => void): void {
  try {
    callUser();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
