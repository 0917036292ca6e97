// The options of ClusterAdapterWithHeartbeat.

import { AdapterError } from "../errors.ts";

export interface ClusterAdapterOptions {
  /** How long a node may say nothing before it says that it is there, in ms, 1 or more. @default 5_000 */
  heartbeatInterval?: number | undefined;
  /**
   * How long after its last word a node is taken for gone, in ms, 1 or more. Shorter than the interval of the others
   * means that quiet nodes come and go.
   * @default 10_000
   */
  heartbeatTimeout?: number | undefined;
}

export interface ResolvedClusterAdapterOptions {
  readonly heartbeatInterval: number;
  readonly heartbeatTimeout: number;
}

export const CLUSTER_ADAPTER_DEFAULTS: ResolvedClusterAdapterOptions = Object.freeze({
  heartbeatInterval: 5_000,
  heartbeatTimeout: 10_000,
});

/** Options it does not know are those of whoever extends the class. Throws AdapterError ERR_INVALID_OPTION. */
export function resolveClusterAdapterOptions(
  given: ClusterAdapterOptions = {},
): ResolvedClusterAdapterOptions {
  const { heartbeatInterval, heartbeatTimeout } = given;
  return Object.freeze({
    heartbeatInterval: positiveMs(
      "heartbeatInterval",
      heartbeatInterval ?? CLUSTER_ADAPTER_DEFAULTS.heartbeatInterval,
    ),
    heartbeatTimeout: positiveMs(
      "heartbeatTimeout",
      heartbeatTimeout ?? CLUSTER_ADAPTER_DEFAULTS.heartbeatTimeout,
    ),
  });
}

const MAX_TIMER_MS = 2_147_483_647;

function positiveMs(option: string, value: unknown): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= MAX_TIMER_MS)
    return value;
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
  throw new AdapterError(
    "ERR_INVALID_OPTION",
    `${option} must be a positive integer of ms, got ${shown} (${typeof value})`,
  );
}
