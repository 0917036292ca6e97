// Which revision of Engine.IO a request speaks. The only place that looks at `EIO`.

import type { RequestQuery, Revision } from "./revision.ts";
import { revision3 } from "./v3.ts";
import { revision4 } from "./v4.ts";

/** Everything but exactly "4" is v3, whose first clients did not say (wire.md §1.2). */
export function revisionOf(query: RequestQuery): Revision {
  return query["EIO"] === "4" ? revision4 : revision3;
}
